// What a run that goes on can use of its last steps.
#pragma once

#include <forknet/result.h>

#include <optional>
#include <string>

#include "session/prepare.h"
#include "state/recovered.h"
#include "store/checkpoint.h"

namespace forknet::run {

// What the run in this folder left of its last steps; nothing when it left nothing, when the
// checkpoint is newer, or when anything of it is not what was written: then `note` gets what is
// wrong, where the run goes on and how many steps that costs. Error (usage): its cells do not end.
[[nodiscard]] Result<std::optional<Recovered>> last_state(
    const StatePlace& place, const Prepared& prepared,
    const std::optional<store::Checkpoint>& checkpoint, const store::Note& note);

}  // namespace forknet::run
