// Turns parsed words into the options of a command and runs it.
#pragma once

#include <map>
#include <string>

#include "apps/parse.h"

namespace forknet::apps {

// Runs the command and returns its exit code. `environment`: the FORKNET_ variables.
[[nodiscard]] int dispatch(const ParsedCommand& parsed,
                           const std::map<std::string, std::string>& environment);

}  // namespace forknet::apps
