// What is still usable of a run that a resume refuses, for the end of the error message.
#pragma once

#include <string>

#include "session/run_folder.h"

namespace forknet::run {

// Lines that begin with "\n  ": how to use the newest good checkpoint, with its path, or that there
// is none and the run must be started again. Reads checkpoints.
[[nodiscard]] std::string what_still_works(const RunPaths& paths);

}  // namespace forknet::run
