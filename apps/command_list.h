// Commands that are one file each: it declares what the command takes and runs it. The others stand
// in settings/command_table.h and options.cc.
#pragma once

#include <vector>

#include "apps/parse.h"
#include "settings/command_table.h"

namespace forknet::apps {

struct Command {
  run::CommandSpec spec;
  // Returns the program's exit code (docs/cli.md).
  int (*run)(const ParsedCommand& parsed, const Environment& environment) = nullptr;
};

[[nodiscard]] const std::vector<Command>& command_list();

// Adds them to the table of commands, at the top of main.
void know_commands();

}  // namespace forknet::apps
