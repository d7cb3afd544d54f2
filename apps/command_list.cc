#include "apps/command_list.h"

namespace forknet::apps {

// Each is defined in its file.
Command doctor_command();

const std::vector<Command>& command_list() {
  static const std::vector<Command> kCommands = {
      doctor_command(),
  };
  return kCommands;
}

void know_commands() {
  for (const Command& command : command_list()) run::add_command(command.spec);
}

}  // namespace forknet::apps
