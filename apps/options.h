// Turns parsed words into the options of a command and runs it.
#pragma once

#include "apps/parse.h"

namespace forknet::apps {

// Runs the command and returns its exit code. `environment`: the FORKNET_ variables.
[[nodiscard]] int dispatch(const ParsedCommand& parsed, const Environment& environment);

}  // namespace forknet::apps
