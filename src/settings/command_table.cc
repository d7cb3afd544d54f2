#include "settings/command_table.h"

#include <algorithm>
#include <utility>

namespace forknet::run {
namespace {

constexpr std::string_view kExports = "exports";
constexpr std::string_view kProofs = "proofs of runs";
constexpr std::string_view kReports = "reports";

const ArgumentSpec kRun = {"RUN", "a name under the runs folder, \"latest\", or a path"};
const ArgumentSpec kModel = {"RUN|MODEL", "a run, or a .safetensors file"};

const OptionSpec kInvert = {
    "--invert", Takes::value, "auto|yes|no",
    "invert pictures; default auto: if their borders differ from those of the training"};
const OptionSpec kJson = {"--json", Takes::nothing, "", "the result as one line of JSON"};

CommandSpec init() {
  return {
      "init",
      {{"mnist|csv|xor", "the kind of data; default mnist", 0, 1, {"mnist", "csv", "xor"}},
       {"DATA|FILE", "csv: the table to train on; else the file to write, as below", 0, 1},
       {"FILE",
        "the file to write; default mnist.toml, xor.toml, or DATA.toml beside this folder's other "
        "files. An existing file is not replaced",
        0, 1}},
      "write a commented config; for a table, one that fits it and trains well without an edit",
      {{"--target", Takes::value, "COLUMN", "csv: the column to predict, by name or position"},
       {"--task", Takes::value, "classify|regress",
        "csv: classes or numbers; default: from the data"}}};
}

CommandSpec train() {
  return {
      "train",
      {{"CONFIG", "a config file; omitted with --resume", 0, 1}},
      "train a model",
      {
          {"--set", Takes::values, "KEY=VALUE",
           "a setting on top of the config, such as train.batch=64"},
          {"--grid", Takes::value, "PRESET", "a layout; replaces the whole [grid] of the config"},
          {"--epochs", Takes::value, "N", "train.epochs"},
          {"--run", Takes::value, "NAME",
           "name of the run folder; default: run.name, date and time"},
          {"--resume", Takes::value, "RUN", "continue a stopped or killed run"},
          {"--init-from", Takes::value, "RUN|FILE",
           "start from the weights of a run (its model, else its newest checkpoint) or of a "
           ".safetensors "
           "file"},
          {"--until", Takes::value, "accuracy=X",
           "end when the validation data (if there is none, the test data) reaches this accuracy"},
          {"--dry-run", Takes::nothing, "",
           "read and check everything, do not train; print the layers and how much memory a run "
           "would take"},
          {"--json", Takes::optional, "lines",
           "the result as one line of JSON, also for a failed run; lines: also one line per log "
           "interval"},
          {"--quiet", Takes::nothing, "", "no progress"},
          {"--trace", Takes::nothing, "",
           "write trace.json into the run folder: a timeline of every cell, for Perfetto"},
          {"--dashboard", Takes::optional, "ADDR", "a live page", "the live page"},
      }};
}

std::vector<CommandSpec> using_models() {
  return {
      {"eval",
       {kModel},
       "loss, metrics and confusion matrix of a model",
       {{"--data", Takes::value, "FILE",
         "inputs: IDX, CSV, NPY, plain or packed, NPZ, a folder of pictures", "", true},
        kInvert,
        {"--labels", Takes::value, "FILE",
         "IDX: labels; default: the file beside --data with the matching name"},
        kJson}},
      {"predict",
       {kModel},
       "predictions of a model, one line per row",
       {{"--in", Takes::value, "FILE",
         "inputs: IDX, CSV, NPY, plain or packed, NPZ, a picture or a folder of them (also packed)",
         "", true},
        kInvert,
        {"--keep", Takes::values, "COLUMN", "CSV: a column to copy to the output, such as an id"},
        {"--out", Takes::value, "FILE", "predictions, .csv, .jsonl or .npy", "", true}}},
  };
}

CommandSpec compare() {
  return {
      "compare",
      {{"CONFIG", "config files; with --grids one", 1, 100}},
      "runs side by side, ranked by a metric (docs/comparing.md); or one config under many layouts",
      {{"--vary", Takes::values, "KEY=A,B,…",
        "train with each of these values; several --vary: all combinations"},
       {"--seeds", Takes::value, "N",
        "train each N times, with run.seed, run.seed + 1, …, and show mean, deviation and median"},
       {"--by", Takes::value, "METRIC",
        "what the table is sorted by: a metric such as test/accuracy or loss, or time; default: "
        "accuracy, else loss, of the validation rows, else of the test rows; with --until the time "
        "to it"},
       {"--run", Takes::value, "NAME",
        "begins the names of the run folders; default: run.name of the first CONFIG"},
       {"--grids", Takes::value, "A,B,…",
        "compare layouts: these presets of one config, the others with the first; no files are "
        "written"},
       {"--set", Takes::values, "KEY=VALUE", "a setting on top of every config and preset"},
       {"--epochs", Takes::value, "N", "train.epochs"},
       {"--until", Takes::value, "accuracy=X",
        "end each when the validation data (if there is none, the test data) reaches this "
        "accuracy"},
       kJson}};
}

// Orders to a run, which answers with the step at which they take effect.
std::vector<CommandSpec> orders() {
  return {{"pause", {kRun}, "pause after the current step; a paused run uses no CPU", {kJson}},
          {"resume", {kRun}, "continue after a pause", {kJson}},
          {"checkpoint", {kRun}, "write a durable checkpoint now", {kJson}},
          {"stop", {kRun}, "end after the current step; train --resume continues the run", {kJson}},
          {"reload",
           {kRun},
           "read the run's config file again; settings that may change during training take effect",
           {kJson}},
          {"hold", {kRun}, "pause at the end of this epoch", {kJson}},
          {"release", {kRun}, "continue after a hold", {kJson}},
          {"scale",
           {kRun, {"N", "replicas, from the next step on"}},
           "change the number of replicas while the run trains",
           {kJson}}};
}

std::vector<CommandSpec> controlling() {
  std::vector<CommandSpec> list = {
      compare(),
      {"ps", {}, "list the runs that train", {kJson}},
      {"status", {kRun}, "state and progress of a run and its cells", {kJson}},
      {"top", {kRun}, "status and cells, refreshed while the run trains; q quits", {kJson}},
      {"logs",
       {kRun},
       "the log of a run",
       {{"-f", Takes::nothing, "", "follow it until the run has ended"}}}};
  for (CommandSpec& order : orders()) list.push_back(std::move(order));
  list.push_back(
      {"wait",
       {kRun},
       "wait until a run has ended and return its exit code; 5 if it was killed",
       {{"--epoch", Takes::value, "N", "wait only until this many epochs are done; exit code 0"}}});
  list.push_back(
      {"plan", {}, "the layouts for a config and their predicted times", {}, "the planner"});
  list.push_back({"export", {}, "models as ONNX, C, safetensors or NPZ", {}, kExports});
  list.push_back({"show", {}, "layers, preparation and origin of a model", {}, kExports});
  list.push_back({"verify", {}, "train parts of a run again and compare", {}, kProofs});
  list.push_back({"reproduce", {}, "train a model again from its metadata", {}, kProofs});
  list.push_back({"dashboard", {}, "a live page for all runs of a folder", {}, "the live page"});
  list.push_back({"report", {}, "a run as one page", {}, kReports});
  return list;
}

std::vector<CommandSpec> past_runs() {
  const ArgumentSpec some = {"RUN", kRun.help, 2, 1000};
  const ArgumentSpec any = {"RUN", kRun.help, 0, 1000};
  return {
      {"runs ls", {}, "list past runs", {kJson}},
      {"runs show", {kRun}, "a run's result and files", {kJson}},
      {"runs compare", {some}, "runs side by side, and whether their weights agree", {kJson}},
      {"runs clean",
       {any},
       "remove runs: those named, or all but the newest; never a run that trains",
       {{"--keep", Takes::value, "N", "without names: the number of runs to keep; default 10"},
        {"--orphans", Takes::nothing, "",
         "also the state in memory of runs whose folder is not found (removed or moved)"},
        {"--dry-run", Takes::nothing, "", "print what would be removed"}}},
  };
}

std::vector<CommandSpec> data_and_machine() {
  return {
      {"data digits",
       {{"FOLDER", "folder for the four files; default data/digits", 0, 1}},
       "draw a set of handwritten-like digits in MNIST's format",
       {{"--train", Takes::value, "N", "training images; default 60000"},
        {"--test", Takes::value, "N", "test images; default 10000"},
        {"--seed", Takes::value, "N", "seed of the set; default 1"}}},
      {"data fetch",
       {{"mnist|fashion", "the data set; default mnist", 0, 1, {"mnist", "fashion"}},
        {"FOLDER", "folder for the four files; default data/mnist or data/fashion", 0, 1}},
       "download MNIST or Fashion-MNIST, with verified checksums; continues an interrupted "
       "download",
       {{"--from", Takes::value, "URL", "your own mirror: the four files are below it"}}},
      {"data inspect",
       {{"FILE",
         "IDX, CSV or NPY, plain or packed, NPZ, a picture or a folder of them (also packed); with "
         "--augment also a config"}},
       "describe a data file, or show how its pictures are varied in training",
       {{"--augment", Takes::value, "OUT.png",
         "write pictures, each as it is and as epochs vary it, by data.augment of the config or of "
         "--set"},
        {"--set", Takes::values, "KEY=VALUE",
         "with --augment: a setting on top of the config, such as data.augment.rotate=15"},
        kJson}},
      {"launch", {}, "start an MPI run and keep it alive", {}, "MPI"},
      {"bench",
       {{"kernels|steps", "what to measure; default kernels", 0, 1, {"kernels", "steps"}}},
       "measure this machine",
       {kJson}},
      {"help",
       {{"doc|man|bash",
         "docs/cli.md, the man page or the completion for bash",
         1,
         1,
         {"doc", "man", "bash"}}},
       "the manual, made from the tables",
       {},
       "",
       true},
  };
}

std::vector<CommandSpec>& added() {
  static std::vector<CommandSpec> commands;
  return commands;
}

}  // namespace

void add_command(CommandSpec command) { added().push_back(std::move(command)); }

const std::vector<CommandSpec>& commands() {
  static const std::vector<CommandSpec> kCommands = [] {
    std::vector<CommandSpec> list = {init(), train()};
    for (auto* part : {using_models, controlling, past_runs, data_and_machine}) {
      for (CommandSpec& command : part()) list.push_back(std::move(command));
    }
    list.insert(list.end(), added().begin(), added().end());
    return list;
  }();
  return kCommands;
}

const CommandSpec* find_command(std::string_view name) {
  const auto command = std::find_if(commands().begin(), commands().end(),
                                    [&](const CommandSpec& c) { return c.name == name; });
  return command == commands().end() ? nullptr : &*command;
}

std::vector<std::string> command_words() {
  std::vector<std::string> words;
  for (const CommandSpec& command : commands()) {
    const std::string word(command.name.substr(0, command.name.find(' ')));
    if (!command.hidden && (words.empty() || words.back() != word)) words.push_back(word);
  }
  return words;
}

std::vector<std::string> second_words(std::string_view first) {
  std::vector<std::string> words;
  for (const CommandSpec& command : commands()) {
    const auto space = command.name.find(' ');
    if (space != std::string_view::npos && command.name.substr(0, space) == first) {
      words.emplace_back(command.name.substr(space + 1));
    }
  }
  return words;
}

std::string not_built_message(std::string_view what, std::string_view comes_with) {
  return "forknet " + std::string(what) + ": comes with " + std::string(comes_with) +
         ", which this version does not have yet";
}

std::string usage_of(const CommandSpec& command) {
  std::string usage = "forknet " + std::string(command.name);
  for (const ArgumentSpec& argument : command.arguments) {
    const std::string name = std::string(argument.name) + (argument.most > 1 ? "..." : "");
    usage += argument.least == 0 ? " [" + name + "]" : " " + name;
  }
  return usage + (command.options.empty() ? "" : " [OPTIONS]");
}

std::string synopsis_of(const OptionSpec& option) {
  std::string name(option.name);
  const std::string value(option.value);
  if (option.takes == Takes::nothing) return name;
  return option.takes == Takes::optional ? name + "[=" + value + "]" : name + " " + value;
}

}  // namespace forknet::run
