// The disk space that a run needs, computed before it begins.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "session/prepare.h"
#include "session/run_folder.h"

namespace forknet::run {

// Bytes of a checkpoint; for models that train apart those of the largest one, within a round.
[[nodiscard]] std::size_t checkpoint_bytes(const Prepared& prepared);

// Bytes that the run will still write into its folder: the kept checkpoints, the next one and the
// model, minus the checkpoints that exist.
[[nodiscard]] std::size_t bytes_to_write(const Prepared& prepared, const RunPaths& paths);

// The warning if the disk has fewer free bytes; nothing: it has room, or does not report it.
[[nodiscard]] std::optional<std::string> shortage_of(const Prepared& prepared,
                                                     const RunPaths& paths);

}  // namespace forknet::run
