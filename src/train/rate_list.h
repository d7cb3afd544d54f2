// changes.json of a run folder: at which step its learning rate was changed while it trained. A
// change is there, durably, before the first step that it holds for, so whatever a run goes on
// from, its last step or an old checkpoint, every step has the rate that it had the first time.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <string>
#include <vector>

#include "nn/optimizer.h"
#include "os/file_path.h"

namespace forknet::run {

using RateChanges = std::vector<nn::RateChange>;  // ascending by step

// None where there is no file. Error (data): it is damaged.
[[nodiscard]] Result<RateChanges> read_rates(const os::FilePath& path);
[[nodiscard]] Status write_rates(const os::FilePath& path, const RateChanges& changes);

// `changes` with `lr` from `step` on; what would have come later is given up.
[[nodiscard]] RateChanges changed_from(RateChanges changes, std::uint64_t step, double lr);

}  // namespace forknet::run
