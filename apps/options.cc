#include "apps/options.h"

#include <limits>
#include <optional>

#include "apps/command_list.h"
#include "apps/commands.h"
#include "apps/compare_options.h"
#include "apps/option_words.h"
#include "apps/output.h"
#include "settings/manual.h"
#include "settings/problem.h"
#include "settings/value.h"

namespace forknet::apps {
namespace {

std::string argument(const ParsedCommand& parsed, std::size_t index) {
  return index < parsed.arguments.size() ? parsed.arguments[index] : "";
}

// --invert auto|yes|no
std::optional<Stop> take_invert(const ParsedCommand& parsed, Choice& invert) {
  const std::string word = given(parsed, "--invert").value_or("auto");
  if (word == "yes" || word == "no") {
    invert = word == "yes" ? Choice::yes : Choice::no;
  } else if (word != "auto") {
    return misused(*parsed.command, "--invert " + run::in_quotes(word) + " is not auto, yes or no");
  }
  return std::nullopt;
}

// The folder in which RUN is searched.
std::string runs_folder(const Environment& environment) {
  const auto found = environment.find("FORKNET_RUN_DIR");
  return found == environment.end() || found->second.empty() ? "runs" : found->second;
}

int init(const ParsedCommand& parsed, const Environment&) {
  InitOptions options;
  if (!parsed.arguments.empty()) options.kind = parsed.arguments[0];
  const bool table = options.kind == "csv";
  if (table && parsed.arguments.size() < 2) {
    return stop(misused(*parsed.command, "init csv needs the table: forknet init csv DATA [FILE]"));
  }
  if (!table && (parsed.arguments.size() > 2 || parsed.has("--target") || parsed.has("--task"))) {
    return stop(misused(*parsed.command, "a second FILE, --target and --task belong to init csv"));
  }
  if (table) options.data = parsed.arguments[1];
  const std::size_t file = table ? 2 : 1;
  if (parsed.arguments.size() > file) options.file = parsed.arguments[file];
  options.target = given(parsed, "--target");
  options.task = given(parsed, "--task");
  if (options.task && *options.task != "classify" && *options.task != "regress") {
    return stop(misused(*parsed.command,
                        "--task " + run::in_quotes(*options.task) + " is not classify or regress"));
  }
  return run_init(options);
}

// Options that exclude each other, and required ones.
std::optional<Stop> check_train(const ParsedCommand& parsed) {
  if (!parsed.has("--resume")) {
    if (!parsed.arguments.empty()) return std::nullopt;
    return misused(*parsed.command, "CONFIG is missing; \"forknet init mnist\" writes one");
  }
  if (!parsed.arguments.empty()) {
    return misused(*parsed.command,
                   "--resume continues with the stored config; it takes no CONFIG");
  }
  for (const char* option : {"--run", "--init-from", "--dry-run"}) {
    if (parsed.has(option))
      return misused(*parsed.command,
                     std::string(option) + " is for new runs; it does not go with --resume");
  }
  return std::nullopt;
}

int train(const ParsedCommand& parsed, const Environment& environment) {
  TrainCommand options;
  options.config = argument(parsed, 0);
  options.resume = given(parsed, "--resume");
  options.runs = runs_folder(environment);
  options.run = given(parsed, "--run");
  options.init_from = given(parsed, "--init-from");
  options.overrides.environment = environment;
  options.dry_run = parsed.has("--dry-run");
  options.quiet = parsed.has("--quiet");
  options.trace = parsed.has("--trace");
  if (auto wrong = check_train(parsed)) return stop(*wrong);
  if (auto wrong = take_until(parsed, options.until_accuracy)) return stop(*wrong);
  if (auto wrong = take_json(parsed, options.json)) return stop(*wrong);
  if (auto wrong = take_overrides(parsed, options.overrides)) return stop(*wrong);
  return run_train(options);
}

int eval(const ParsedCommand& parsed, const Environment& environment) {
  EvalOptions options;
  options.model = argument(parsed, 0);
  options.data = parsed.value("--data");
  options.labels = given(parsed, "--labels");
  options.runs = runs_folder(environment);
  options.json = parsed.has("--json");
  if (auto wrong = take_invert(parsed, options.invert)) return stop(*wrong);
  return run_eval(options);
}

int predict(const ParsedCommand& parsed, const Environment& environment) {
  PredictOptions options{argument(parsed, 0), parsed.value("--in"), parsed.value("--out"),
                         runs_folder(environment)};
  if (const auto keep = parsed.options.find("--keep"); keep != parsed.options.end()) {
    options.keep = keep->second;
  }
  if (auto wrong = take_invert(parsed, options.invert)) return stop(*wrong);
  return run_predict(options);
}

int status(const ParsedCommand& parsed, const Environment& environment) {
  return run_status({argument(parsed, 0), runs_folder(environment), parsed.has("--json")});
}

int top(const ParsedCommand& parsed, const Environment& environment) {
  return run_top({argument(parsed, 0), runs_folder(environment), parsed.has("--json")});
}

int runs(const ParsedCommand& parsed, const Environment& environment) {
  using Action = RunsOptions::Action;
  const auto word = parsed.command->name.substr(5);
  RunsOptions options;
  options.action = word == "ls"        ? Action::ls
                   : word == "show"    ? Action::show
                   : word == "compare" ? Action::compare
                                       : Action::clean;
  options.names = parsed.arguments;
  options.runs = runs_folder(environment);
  options.json = parsed.has("--json");
  options.dry_run = parsed.has("--dry-run");
  options.orphans = parsed.has("--orphans");
  if (auto wrong = take_whole(parsed, "--keep", options.keep)) return stop(*wrong);
  return run_runs(options);
}

int digits(const ParsedCommand& parsed, const Environment&) {
  DigitsCommand options;
  if (!parsed.arguments.empty()) options.folder = parsed.arguments[0];
  if (auto wrong = take_whole(parsed, "--train", options.train)) return stop(*wrong);
  if (auto wrong = take_whole(parsed, "--test", options.test)) return stop(*wrong);
  if (auto wrong = take_whole(parsed, "--seed", options.seed)) return stop(*wrong);
  return run_digits(options);
}

int fetch(const ParsedCommand& parsed, const Environment&) {
  FetchOptions options;
  if (!parsed.arguments.empty()) options.set = parsed.arguments[0];
  options.folder = parsed.arguments.size() > 1 ? parsed.arguments[1] : "data/" + options.set;
  options.from = given(parsed, "--from");
  return run_fetch(options);
}

int inspect(const ParsedCommand& parsed, const Environment& environment) {
  InspectOptions options{argument(parsed, 0), parsed.has("--json")};
  options.augment = given(parsed, "--augment").value_or("");
  options.overrides.environment = environment;
  if (auto wrong = take_overrides(parsed, options.overrides)) return stop(*wrong);
  if (parsed.has("--augment") && !options.augment.ends_with(".png")) {
    return stop(misused(*parsed.command, "--augment " + run::in_quotes(options.augment) +
                                             " is not the name of a .png file"));
  }
  if (parsed.has("--set") && !parsed.has("--augment")) {
    return stop(misused(*parsed.command, "--set goes with --augment"));
  }
  return run_inspect(options);
}

int bench(const ParsedCommand& parsed, const Environment&) {
  const bool steps = argument(parsed, 0) == "steps";
  return run_bench(
      {steps ? BenchOptions::What::steps : BenchOptions::What::kernels, parsed.has("--json")});
}

int control(const ParsedCommand& parsed, const Environment& environment) {
  ControlOptions options;
  options.order = parsed.command->name;
  options.run = argument(parsed, 0);
  options.runs = runs_folder(environment);
  options.json = parsed.has("--json");
  if (options.order == "scale") {
    const auto replicas = whole_number(argument(parsed, 1));
    if (!replicas || *replicas < 1) {
      return stop(misused(*parsed.command, "N is a whole number of 1 or more"));
    }
    options.replicas = *replicas;
  }
  return run_control(options);
}

int ps(const ParsedCommand& parsed, const Environment& environment) {
  return run_ps({runs_folder(environment), parsed.has("--json")});
}

int logs(const ParsedCommand& parsed, const Environment& environment) {
  return run_logs({argument(parsed, 0), runs_folder(environment), parsed.has("-f")});
}

int wait(const ParsedCommand& parsed, const Environment& environment) {
  WaitOptions options = {argument(parsed, 0), runs_folder(environment), {}};
  if (parsed.has("--epoch")) {
    std::int64_t epoch = 0;
    if (auto wrong = take_whole(parsed, "--epoch", epoch)) return stop(*wrong);
    options.epoch = epoch;
  }
  return run_wait(options);
}

int help(const ParsedCommand& parsed, const Environment&) {
  const std::string what = argument(parsed, 0);
  const std::string text = what == "doc"   ? run::markdown_manual()
                           : what == "man" ? run::man_page()
                                           : run::bash_completion();
  print(text);
  return 0;
}

}  // namespace

int dispatch(const ParsedCommand& parsed, const Environment& environment) {
  for (const Command& command : command_list()) {
    if (command.spec.name == parsed.command->name) return command.run(parsed, environment);
  }
  static const std::map<std::string_view, int (*)(const ParsedCommand&, const Environment&)>
      kRunners = {
          {"init", init},
          {"train", train},
          {"compare", compare},
          {"eval", eval},
          {"predict", predict},
          {"top", top},
          {"status", status},
          {"runs ls", runs},
          {"runs show", runs},
          {"runs compare", runs},
          {"runs clean", runs},
          {"data digits", digits},
          {"data fetch", fetch},
          {"data inspect", inspect},
          {"bench", bench},
          {"help", help},
          {"pause", control},
          {"resume", control},
          {"checkpoint", control},
          {"stop", control},
          {"hold", control},
          {"release", control},
          {"reload", control},
          {"scale", control},
          {"ps", ps},
          {"logs", logs},
          {"wait", wait},
      };
  return kRunners.at(parsed.command->name)(parsed, environment);
}

}  // namespace forknet::apps
