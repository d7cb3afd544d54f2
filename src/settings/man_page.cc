// The man page and the completion for bash.
#include <fmt/format.h>

#include "settings/manual.h"
#include "settings/schema.h"

namespace forknet::run {
namespace {

// Text for troff: a dash stays a dash, and no line starts a request.
std::string troff(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      result += c;
    }
  }
  return !result.empty() && (result[0] == '.' || result[0] == '\'') ? "\\&" + result : result;
}

std::string item(std::string_view name, std::string_view help) {
  return ".TP\n.B " + troff(name) + "\n" + troff(help) + "\n";
}

std::string words_in_line(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
  return line;
}

std::string options_of(const CommandSpec& command) {
  std::vector<std::string> names = {"--help"};
  for (const OptionSpec& option : command.options) {
    if (option.comes_with.empty()) names.emplace_back(option.name);
  }
  for (const ArgumentSpec& argument : command.arguments) {
    for (const auto& choice : argument.choices) names.emplace_back(choice);
  }
  return words_in_line(names);
}

}  // namespace

std::string man_page() {
  std::string text = ".TH FORKNET 1 \"\" \"forknet " + std::string(kVersion) +
                     "\"\n.SH NAME\nforknet \\- train feed\\-forward neural networks on CPUs\n"
                     ".SH SYNOPSIS\n.B forknet\nCOMMAND [ARGUMENTS] [OPTIONS]\n.SH COMMANDS\n";
  for (const CommandSpec& command : commands()) {
    if (!command.built() || command.hidden) continue;
    text += ".SS " + troff(usage_of(command)) + "\n" + troff(command.help) + "\n";
    for (const ArgumentSpec& argument : command.arguments)
      text += item(argument.name, argument.help);
    for (const OptionSpec& option : command.options) {
      if (option.comes_with.empty()) text += item(synopsis_of(option), option.help);
    }
  }
  text +=
      ".SH SETTINGS\nOf config files (TOML), of \\-\\-set and, as FORKNET_TRAIN_BATCH, of the "
      "environment.\n";
  for (const Key& key : schema()) {
    if (key.built()) text += item(key.path, key.help);
  }
  return text +
         ".SH EXIT STATUS\n0 done, 1 internal, 2 usage, 3 config, 4 data, 5 a cell could not be "
         "kept alive, "
         "6 diverged, 7 comparison failed, 75 stopped and can be resumed, 128+n ended by signal "
         "n.\n";
}

std::string bash_completion() {
  std::string text =
      "# bash completion for forknet; made by \"forknet help bash\"\n_forknet() {\n"
      "  local word=\"${COMP_WORDS[COMP_CWORD]}\" words=\"\"\n"
      "  case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n";
  for (const CommandSpec& command : commands()) {
    const std::string name(command.name);
    if (!command.built() || command.hidden || name.find(' ') == std::string::npos) continue;
    text += "    \"" + name + "\") words=\"" + options_of(command) + "\" ;;\n";
  }
  for (const CommandSpec& command : commands()) {
    const std::string name(command.name);
    if (!command.built() || command.hidden || name.find(' ') != std::string::npos) continue;
    text += "    \"" + name + " \"*) words=\"" + options_of(command) + "\" ;;\n";
  }
  for (const std::string& word : command_words()) {
    std::vector<std::string> seconds;
    for (const std::string& second : second_words(word)) {
      const std::string whole = fmt::format("{} {}", word, second);
      if (find_command(whole)->built()) seconds.push_back(second);
    }
    if (seconds.empty()) continue;
    text += "    \"" + word + " \"*) words=\"" + words_in_line(seconds) + "\" ;;\n";
  }
  std::vector<std::string> first;
  for (const std::string& word : command_words()) {
    const CommandSpec* command = find_command(word);
    if (command == nullptr || command->built()) first.push_back(word);
  }
  return text + "  esac\n  [ \"$COMP_CWORD\" -eq 1 ] && words=\"" + words_in_line(first) +
         " --help --version\"\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n}\n"
         "complete -o default -F _forknet forknet\n";
}

}  // namespace forknet::run
