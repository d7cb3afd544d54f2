// What a run takes of memory and of the disk, known before it begins.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "session/prepare.h"
#include "session/run_folder.h"

namespace forknet::run {

// Bytes of a checkpoint; of models that train apart, the largest, within a round.
[[nodiscard]] std::size_t checkpoint_bytes(const Prepared& prepared);

// Bytes that the run will still write into its folder: checkpoints that are kept and the next one,
// and the model; what lies there already is taken off.
[[nodiscard]] std::size_t bytes_to_write(const Prepared& prepared, const RunPaths& paths);

// What to tell when the disk has fewer bytes than that; nothing where it has room, or does not say.
[[nodiscard]] std::optional<std::string> shortage_of(const Prepared& prepared,
                                                     const RunPaths& paths);

}  // namespace forknet::run
