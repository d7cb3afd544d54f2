// Finds the state with which a run can be resumed.
#pragma once

#include <forknet/result.h>

#include <optional>
#include <string>

#include "session/prepare.h"
#include "state/recovered.h"
#include "store/checkpoint.h"

namespace forknet::run {

// The state that the run in this folder left. Nothing: there is none, the checkpoint is newer, or
// any part of the state is not what was written; then `note` gets what is wrong, where the run
// continues and how many steps that costs. Error (usage): the cells of the run do not end.
[[nodiscard]] Result<std::optional<Recovered>> last_state(
    const StatePlace& place, const Prepared& prepared,
    const std::optional<store::Checkpoint>& checkpoint, const store::Note& note);

}  // namespace forknet::run
