// Checks what a new run needs besides valid settings and data, without starting or making anything
// (--dry-run).
#pragma once

#include <forknet/result.h>

#include <optional>
#include <string>

#include "cell/stage_context.h"
#include "session/prepare.h"

namespace forknet::run {

// Error (usage): the name of the run folder is invalid or taken (`exact`: --run). Error (config):
// this machine does not allow the processes, threads, open files or memory. Error (internal): the
// folder of runs cannot be made or written to.
[[nodiscard]] Status check_start(const Prepared& prepared, const cell::GridPlan& layout,
                                 const std::optional<std::string>& exact);

}  // namespace forknet::run
