// The one table of all commands and their options. The parser, --help, the checks of unknown words,
// docs/cli.md, the man page and the shell completion read it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace forknet::run {

inline constexpr std::string_view kVersion = "0.1.0";

enum class Takes {
  nothing,   // --quiet
  value,     // --epochs N or --epochs=N
  values,    // --set KEY=VALUE, any number of times
  optional,  // --json or --json=lines: a value only after "="
};

struct OptionSpec {
  std::string_view name;  // "--epochs"
  Takes takes = Takes::nothing;
  std::string_view value;  // "N": the name of the value in help
  std::string_view help;
  std::string_view comes_with = {};  // not built: the feature that brings it
  bool required = false;
};

struct ArgumentSpec {
  std::string_view name;  // "CONFIG"
  std::string_view help;
  int least = 1;
  int most = 1;
  std::vector<std::string_view> choices = {};  // the allowed values; empty: any
};

struct CommandSpec {
  std::string_view name;  // "train", "data digits"
  std::vector<ArgumentSpec> arguments;
  std::string_view help;
  std::vector<OptionSpec> options;
  std::string_view comes_with = {};  // not built: the feature that brings it
  bool hidden = false;               // left out of help and docs

  [[nodiscard]] bool built() const { return comes_with.empty(); }
};

// Adds a command that the program declares itself, in one thread, before commands() is first read.
void add_command(CommandSpec command);

// In the order of docs/cli.md; added ones follow. Commands with the same first word follow each
// other.
[[nodiscard]] const std::vector<CommandSpec>& commands();
// The command of that name, or null.
[[nodiscard]] const CommandSpec* find_command(std::string_view name);
// The first words of all commands that are not hidden.
[[nodiscard]] std::vector<std::string> command_words();
// The second words of the commands that start with this word; empty for commands of one word.
[[nodiscard]] std::vector<std::string> second_words(std::string_view first);

// "forknet compare: comes with the grid, which this version does not have yet"
[[nodiscard]] std::string not_built_message(std::string_view what, std::string_view comes_with);

// "forknet train CONFIG [options]"
[[nodiscard]] std::string usage_of(const CommandSpec& command);
// "--json[=lines]", "--epochs N"
[[nodiscard]] std::string synopsis_of(const OptionSpec& option);

}  // namespace forknet::run
