// The help, the manual, the man page and the completion, made from the tables of commands and
// settings.
#pragma once

#include <string>

#include "settings/command_table.h"

namespace forknet::run {

// "forknet --help": what it is and its commands, on one screen.
[[nodiscard]] std::string short_help();
// "forknet train --help"
[[nodiscard]] std::string command_help(const CommandSpec& command);
// docs/cli.md
[[nodiscard]] std::string markdown_manual();
// man 1 forknet
[[nodiscard]] std::string man_page();
// completion for bash
[[nodiscard]] std::string bash_completion();

}  // namespace forknet::run
