// Every command of the program and every option of a command, once: the parser, --help, the checks
// of unknown words, docs/cli.md, the man page and the shell completion all read this table.
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
  std::string_view value;  // "N": what help calls the value
  std::string_view help;
  std::string_view comes_with = {};  // not built: with what it comes
  bool required = false;
};

struct ArgumentSpec {
  std::string_view name;  // "CONFIG"
  std::string_view help;
  int least = 1;
  int most = 1;
  std::vector<std::string_view> choices = {};  // all that it may be; empty: anything
};

struct CommandSpec {
  std::string_view name;  // "train", "data digits"
  std::vector<ArgumentSpec> arguments;
  std::string_view help;
  std::vector<OptionSpec> options;
  std::string_view comes_with = {};  // not built: with what it comes
  bool hidden = false;               // left out of help and docs

  [[nodiscard]] bool built() const { return comes_with.empty(); }
};

// In the order of docs/cli.md. Commands of two words follow each other.
[[nodiscard]] const std::vector<CommandSpec>& commands();
// The command of that name, or null.
[[nodiscard]] const CommandSpec* find_command(std::string_view name);
// The first words of all commands that people may use.
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
