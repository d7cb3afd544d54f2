// changes.json of a run folder: the steps at which the learning rate was changed while training. A
// change is durable before the first step that uses it. So a run that continues from its last step
// or from an old checkpoint repeats every step with its original rate.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <string>
#include <vector>

#include "nn/optimizer.h"
#include "os/file_path.h"

namespace forknet::run {

using RateChanges = std::vector<nn::RateChange>;  // ascending by step

// Empty if there is no file. Error (data): the file is damaged.
[[nodiscard]] Result<RateChanges> read_rates(const os::FilePath& path);
[[nodiscard]] Status write_rates(const os::FilePath& path, const RateChanges& changes);

// `changes` with `lr` from `step` on; later changes are dropped.
[[nodiscard]] RateChanges changed_from(RateChanges changes, std::uint64_t step, double lr);

}  // namespace forknet::run
