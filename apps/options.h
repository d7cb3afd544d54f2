// From parsed words to the options of each command, and on to the command itself.
#pragma once

#include <map>
#include <string>

#include "apps/parse.h"

namespace forknet::apps {

// Runs the command; its exit code. `environment`: the FORKNET_ variables.
[[nodiscard]] int dispatch(const ParsedCommand& parsed,
                           const std::map<std::string, std::string>& environment);

}  // namespace forknet::apps
