#include "settings/manual.h"

#include <algorithm>

#include "nn/layers/list.h"
#include "settings/layers.h"
#include "settings/part_keys.h"
#include "settings/schema.h"

namespace forknet::run {
namespace {

constexpr std::size_t kHelpColumn = 28;

// "  --epochs N                  train.epochs"
std::string two_columns(std::string left, std::string_view right) {
  left.insert(0, "  ");
  if (left.size() + 2 > kHelpColumn) {
    left += "\n" + std::string(kHelpColumn, ' ');
  } else {
    left.resize(kHelpColumn, ' ');
  }
  return left + std::string(right) + "\n";
}

std::string not_yet(std::string_view comes_with) {
  return comes_with.empty() ? "" : " (not yet: comes with " + std::string(comes_with) + ")";
}

std::string option_help(const OptionSpec& option) {
  return std::string(option.help) + (option.required ? " (required)" : "") +
         not_yet(option.comes_with);
}

// In a cell of a Markdown table: a bar would end the cell.
std::string cell(std::string_view text) {
  std::string result;
  for (const char c : text) result += c == '|' ? "\\|" : std::string(1, c);
  return result;
}

std::string command_section(const CommandSpec& command) {
  std::string text = "### `" + usage_of(command) + "`\n\n" + std::string(command.help) + "\n";
  if (command.arguments.empty() && command.options.empty()) return text + "\n";
  text += "\n| | |\n|---|---|\n";
  for (const ArgumentSpec& argument : command.arguments) {
    text += "| `" + cell(argument.name) + "` | " + cell(argument.help) + " |\n";
  }
  for (const OptionSpec& option : command.options) {
    text += "| `" + cell(synopsis_of(option)) + "` | " + cell(option_help(option)) + " |\n";
  }
  return text + "\n";
}

std::string default_text(const Key& key) {
  if (key.required) return "required";
  const auto value = default_of(key);
  return value ? "`" + to_toml(*value) + "`" : "";
}

// Words of this version in full, then those of later versions.
std::string with_later_words(const Allowed& allowed) {
  std::string later;
  for (const Word& word : allowed.words) {
    if (!word.built) later += (later.empty() ? "; later " : ", ") + std::string(word.name);
  }
  return describe(allowed) + later;
}

std::string allowed_text(const Key& key) {
  if (!key.built() && key.only.empty()) return "not yet";
  if (!key.built()) {
    Allowed all = key.allowed;
    for (Word& word : all.words) word.built = true;
    return "only its default yet; later " + describe(all);
  }
  return with_later_words(key.allowed);
}

std::string section_table(const Section& section) {
  std::string text = "### [" + std::string(section.name) + "]\n\n" + std::string(section.help) +
                     "\n\n| key | default | what it is | values |\n|---|---|---|---|\n";
  for (const Key& key : schema()) {
    if (key.section() != section.name) continue;
    text += "| `" + std::string(key.name()) + "` | " + default_text(key) + " | " + cell(key.help) +
            " | " + cell(allowed_text(key)) + " |\n";
  }
  return text + "\n";
}

std::string layer_table() {
  std::string text =
      "A layer is a table with a `type` (" + with_later_words(layer_types()) +
      ") and the keys of its type:\n\n| key | of | what it is | values |\n|---|---|---|---|\n";
  for (const nn::LayerPart& part : nn::layers().all()) {
    for (const SettingSpec& setting : part.kind->settings()) {
      text += "| `" + setting.name + "` | " + std::string(part.kind->name()) + " | " +
              cell(setting.help) + " | " + cell(with_later_words(allowed_of(setting))) + " |\n";
    }
    if (part.kind->traits().closing == nullptr) continue;
    text += "| `layers` | " + std::string(part.kind->name()) +
            " | layers whose outputs are added to the inputs | a list of layers |\n";
  }
  return text + "\n";
}

constexpr std::string_view kIntroduction = R"(# The command line and the config

`forknet help doc` writes this page from the tables that the program itself uses
(`src/settings`); a test compares the two.

RUN is a name under the runs folder, `latest`, or a path. Options with an optional value take it only
after `=`. Results go to stdout; progress and logs to stderr. JSON results are one line; a number that
is not finite is `null`. `NO_COLOR` is honoured. If a result cannot be written (a full disk), the command
ends with exit code 1 and a line on stderr with the reason, unless it failed anyway; if the reader has
closed the pipe (`| head`), there is no such line. Training never waits for a reader of stderr or of the
lines of `--json=lines`: lines that do not fit the queue are dropped and counted (docs/running.md).

)";

constexpr std::string_view kExitCodes = R"(## Exit codes

| code | meaning |
|---|---|
| 0 | done (also any resume of a finished run) |
| 1 | internal, or a result that could not be written |
| 2 | usage |
| 3 | config |
| 4 | data |
| 5 | a cell could not be kept alive |
| 6 | diverged: the loss is not finite |
| 7 | comparison failed |
| 75 | stopped, can be resumed |
| 128+n | ended by signal n without a checkpoint |

)";

constexpr std::string_view kConfigText = R"(## Config

TOML. `forknet init` writes one with every setting and its description. Defaults < config file < environment
< named flags < `--set`:

- `FORKNET_TRAIN_BATCH=64` in the environment is `train.batch = 64`; an empty value counts as not set.
- `--set train.batch=64`: the value is TOML; a bare word is a string. `--set data.train.inputs=FILE`
  replaces one file of a table.
- `--grid PRESET` replaces the whole `[grid]` of the config and the environment; `--set grid.…` applies
  on top of it.
- A `grid.preset` can be named in any source. Keys of the same source (the file, the environment,
  `--set`) or of a later one are given with it and win; a line at the start says which. Those of
  earlier sources are replaced, as by `--grid`. A resume keeps the settings that it may not change.
- The presets `threads` and `replicas`, and `grid.threads = 0`, take fewer workers if a trial of a
  few steps finds that more are slower, and say so; a given number is used unchanged.

An unknown key, a wrong type or an impossible value is an error (exit code 3) with file, line, a caret
and the nearest known name. Features of later versions are known by name and refused with a clear message.
A config is at most 1 MiB. Paths are relative to the folder in which forknet is started; a resume also tries the
folder in which the run was started, and accepts data files with other names (`--set data.train.inputs=FILE`) if
their content is the same.

The merged config with the source of every value is stored with the run (`config.resolved.toml`). A
resume continues with these settings; these may change: )";

// "`a`, `b`": the settings that may change then.
std::string changeable(bool Key::*when) {
  std::string text;
  for (const Key& key : schema()) {
    if (!key.built() || !(key.*when)) continue;
    text += (text.empty() ? "`" : ", `") + std::string(key.path) + "`";
  }
  return text;
}

}  // namespace

std::string short_help() {
  std::string text =
      "forknet trains feed-forward neural networks on CPUs; the layout never changes the "
      "answer.\n\n"
      "usage: forknet COMMAND [ARGUMENTS] [OPTIONS]\n\n";
  for (const CommandSpec& command : commands()) {
    if (command.built() && !command.hidden)
      text += two_columns(std::string(command.name), command.help);
  }
  return text +
         "\n  forknet COMMAND --help describes a command; forknet --version prints the version.\n"
         "  To start: forknet init mnist && forknet data digits data/mnist && forknet train "
         "mnist.toml\n  Words such as leaf, cell, panel and grid: docs/glossary.md\n";
}

std::string command_help(const CommandSpec& command) {
  std::string text = "usage: " + usage_of(command) + "\n\n" + std::string(command.help) + "\n";
  if (!command.built()) text += not_built_message(command.name, command.comes_with) + "\n";
  if (!command.arguments.empty() || !command.options.empty()) text += "\n";
  for (const ArgumentSpec& argument : command.arguments) {
    text += two_columns(std::string(argument.name), argument.help);
  }
  for (const OptionSpec& option : command.options) {
    text += two_columns(synopsis_of(option), option_help(option));
  }
  return text;
}

std::string markdown_manual() {
  std::string text(kIntroduction);
  text += "## Commands\n\n";
  for (const CommandSpec& command : commands()) {
    if (command.built() && !command.hidden) text += command_section(command);
  }
  text += "### Not yet\n\n| command | does | comes with |\n|---|---|---|\n";
  for (const CommandSpec& command : commands()) {
    if (command.built()) continue;
    text += "| `" + std::string(command.name) + "` | " + cell(command.help) + " | " +
            std::string(command.comes_with) + " |\n";
  }
  text += "\n" + std::string(kExitCodes) + std::string(kConfigText) + changeable(&Key::may_change) +
          ".\n\nWhile a run trains, `forknet reload` takes over edits of " +
          changeable(&Key::live) + ": [running.md](running.md).\n\n";
  for (const Section& section : sections()) {
    text += section_table(section);
    if (section.name == "model") text += layer_table();
  }
  text.pop_back();
  return text;
}

}  // namespace forknet::run
