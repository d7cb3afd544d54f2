// Splits the command line into a command, its arguments and its options by the table of commands
// (settings/command_table.h). Does not interpret them.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "settings/command_table.h"

namespace forknet::apps {

struct ParsedCommand {
  const run::CommandSpec* command = nullptr;
  std::vector<std::string> arguments;
  // The given options by name; flags and options without their optional value have no values.
  std::map<std::string, std::vector<std::string>, std::less<>> options;

  [[nodiscard]] bool has(std::string_view option) const { return options.contains(option); }
  // The last value of an option, or "".
  [[nodiscard]] std::string value(std::string_view option) const;
};

using Environment = std::map<std::string, std::string>;  // the FORKNET_ variables

// Nothing to run: text to print and the exit code (help: 0, to stdout; a usage error: 2).
struct Stop {
  int code = 0;
  std::string text;
};

// `words`: the command line without the program's name.
[[nodiscard]] std::variant<ParsedCommand, Stop> parse(const std::vector<std::string>& words);

// A usage error of a command: "forknet train: MESSAGE", its usage line, exit code 2.
[[nodiscard]] Stop misused(const run::CommandSpec& command, const std::string& message);

}  // namespace forknet::apps
