// What a run that a resume refuses is still good for: said behind the reason.
#pragma once

#include <string>

#include "session/run_folder.h"

namespace forknet::run {

// Lines that begin with "\n  ": how to use the newest good checkpoint, which is named, or that
// there is none and the run has to be started again. Reads checkpoints.
[[nodiscard]] std::string what_still_works(const RunPaths& paths);

}  // namespace forknet::run
