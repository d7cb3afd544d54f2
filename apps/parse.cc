#include "apps/parse.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>

#include "base/nearest.h"
#include "settings/manual.h"
#include "settings/problem.h"

namespace forknet::apps {
namespace {

using run::CommandSpec;
using run::OptionSpec;
using run::Takes;

constexpr int kUsage = 2;

// The value that the parsing library reports for an option without its optional value.
constexpr const char* kNoValue = "true";

Stop usage_error(const std::string& message, const std::string& hint) {
  return {kUsage, "forknet: " + message + (hint.empty() ? "" : "\n  " + hint) + "\n"};
}

bool asks_for_help(const std::string& word) { return word == "--help" || word == "-h"; }

// The command that the first words name, and the number of those words.
struct Named {
  const CommandSpec* command = nullptr;
  std::size_t words = 0;
};

std::variant<Named, Stop> second_word(const std::vector<std::string>& words) {
  const auto seconds = run::second_words(words[0]);
  std::string list;
  for (const std::string& second : seconds) list += (list.empty() ? "" : ", ") + second;
  const std::string usage = "forknet " + words[0] + " is followed by one of " + list;
  if (words.size() == 1) return Stop{kUsage, usage + "\n"};
  if (asks_for_help(words[1])) return Stop{0, usage + "\n"};
  if (const auto* command = run::find_command(words[0] + " " + words[1])) return Named{command, 2};
  const std::string hint = did_you_mean(words[1], seconds);
  return usage_error("unknown command " + run::in_quotes(words[0] + " " + words[1]),
                     hint.empty() ? usage : hint);
}

std::variant<Named, Stop> name_command(const std::vector<std::string>& words) {
  if (words.empty()) return Stop{kUsage, run::short_help()};
  const std::string& first = words[0];
  if (asks_for_help(first) || (first == "help" && words.size() == 1))
    return Stop{0, run::short_help()};
  if (first == "--version") return Stop{0, "forknet " + std::string(run::kVersion) + "\n"};
  if (!run::second_words(first).empty()) return second_word(words);
  if (const auto* command = run::find_command(first)) return Named{command, 1};
  if (first.starts_with('-')) {
    return usage_error("unknown option " + run::in_quotes(first),
                       "options follow a command: forknet train CONFIG --epochs 5");
  }
  const std::string hint = did_you_mean(first, run::command_words());
  return usage_error("unknown command " + run::in_quotes(first),
                     hint.empty() ? "forknet --help lists the commands" : hint);
}

// Defines the options of the table in the library, all with values in one map.
class Words {
 public:
  explicit Words(const CommandSpec& command) : command_(command) {
    app_.set_help_flag();
    app_.allow_extras();
    app_.add_flag("-h,--help", help_);
    app_.add_option("arguments", parsed_.arguments);
    for (const OptionSpec& option : command.options) add(option);
    parsed_.command = &command;
  }

  [[nodiscard]] std::variant<ParsedCommand, Stop> parse(std::vector<std::string> words) {
    std::reverse(words.begin(), words.end());  // the library expects the last word first
    try {
      app_.parse(std::move(words));
    } catch (const CLI::ParseError& error) {
      return misused(command_, in_our_words(error));
    }
    if (help_) return Stop{0, run::command_help(command_)};
    if (auto stop = check_extras()) return std::move(*stop);
    collect();
    if (auto stop = check_options()) return std::move(*stop);
    if (auto stop = check_arguments()) return std::move(*stop);
    return std::move(parsed_);
  }

 private:
  // What can still go wrong: an option that lacks its value, a flag that was given one.
  std::string in_our_words(const CLI::ParseError& error) const {
    const std::string said = error.what();
    for (const OptionSpec& option : command_.options) {
      const std::string name(option.name);
      if (said.starts_with(name + ":")) return name + " needs a value: " + run::synopsis_of(option);
      if (said.starts_with(name.substr(2) + " ")) return name + " takes no value";
    }
    return run::printable(said, 200);
  }

  void add(const OptionSpec& option) {
    const std::string name(option.name);
    auto& values = values_[name];
    if (option.takes == Takes::nothing) {
      app_.add_flag(name)->disable_flag_override();
    } else if (option.takes == Takes::optional) {
      values.resize(1);
      app_.add_flag(name, values[0])->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    } else {
      auto* added = app_.add_option(name, values)->allow_extra_args(false);
      if (option.takes == Takes::value)
        added->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }
  }

  std::optional<Stop> check_extras() const {
    std::vector<std::string> known = {"--help"};
    for (const OptionSpec& option : command_.options) known.emplace_back(option.name);
    for (const std::string& word : app_.remaining()) {
      if (word == "--") continue;
      if (!word.starts_with('-'))
        return misused(command_, "what is " + run::in_quotes(word) + " for?");
      const std::string name = word.substr(0, word.find('='));
      const std::string hint = did_you_mean(name, known);
      return misused(command_,
                     "unknown option " + run::in_quotes(name) + (hint.empty() ? "" : "; " + hint));
    }
    return std::nullopt;
  }

  void collect() {
    for (const OptionSpec& option : command_.options) {
      const std::string name(option.name);
      if (app_.count(name) == 0) continue;
      std::vector<std::string> values = values_[name];
      if (option.takes == Takes::optional && values[0] == kNoValue) values.clear();
      parsed_.options[name] = std::move(values);
    }
  }

  std::optional<Stop> check_options() const {
    for (const OptionSpec& option : command_.options) {
      const bool given = parsed_.has(option.name);
      const std::string name(option.name);
      if (given && !option.comes_with.empty()) {
        const std::string what = std::string(command_.name) + " " + name;
        return Stop{kUsage, run::not_built_message(what, option.comes_with) + "\n"};
      }
      if (option.required && !given)
        return misused(command_, run::synopsis_of(option) + " is missing");
    }
    return std::nullopt;
  }

  std::optional<Stop> check_arguments() const {
    std::size_t at = 0;
    for (const run::ArgumentSpec& argument : command_.arguments) {
      for (int i = 0; i < argument.most && at < parsed_.arguments.size(); ++i, ++at) {
        const std::string& word = parsed_.arguments[at];
        const auto& choices = argument.choices;
        if (choices.empty() || std::find(choices.begin(), choices.end(), word) != choices.end())
          continue;
        const std::string hint = did_you_mean(word, {choices.begin(), choices.end()});
        return misused(command_, run::in_quotes(word) + " is not one of " +
                                     std::string(argument.name) +
                                     (hint.empty() ? "" : "; " + hint));
      }
    }
    if (at < parsed_.arguments.size()) {
      return misused(command_, "what is " + run::in_quotes(parsed_.arguments[at]) + " for?");
    }
    int least = 0;
    for (const run::ArgumentSpec& argument : command_.arguments) {
      least += argument.least;
      if (static_cast<int>(at) < least)
        return misused(command_,
                       std::string(argument.name) + " is missing: " + std::string(argument.help));
    }
    return std::nullopt;
  }

  const CommandSpec& command_;
  CLI::App app_;
  ParsedCommand parsed_;
  std::map<std::string, std::vector<std::string>> values_;
  bool help_ = false;
};

}  // namespace

std::string ParsedCommand::value(std::string_view option) const {
  const auto found = options.find(option);
  return found == options.end() || found->second.empty() ? "" : found->second.back();
}

Stop misused(const CommandSpec& command, const std::string& message) {
  return {kUsage, "forknet " + std::string(command.name) + ": " + message +
                      "\n  usage: " + run::usage_of(command) + "\n  forknet " +
                      std::string(command.name) + " --help says more\n"};
}

std::variant<ParsedCommand, Stop> parse(const std::vector<std::string>& words) {
  auto named = name_command(words);
  if (auto* stop = std::get_if<Stop>(&named)) return std::move(*stop);
  const auto& [command, count] = std::get<Named>(named);
  const std::vector<std::string> rest(words.begin() + static_cast<std::ptrdiff_t>(count),
                                      words.end());
  if (!command->built()) {
    if (std::any_of(rest.begin(), rest.end(), asks_for_help))
      return Stop{0, run::command_help(*command)};
    return Stop{kUsage, run::not_built_message(command->name, command->comes_with) + "\n"};
  }
  return Words(*command).parse(rest);
}

}  // namespace forknet::apps
