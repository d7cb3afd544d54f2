// Describes an IDX file for `forknet data inspect`.
#pragma once

#include <forknet/result.h>

#include <string>

#include "data/reading.h"

namespace forknet::data {

// Lines with type, shape, range and mean; for rank 1 and an integer type also how often each value
// occurs. With `json` the same as one object on one line. Reads the whole file, so any damage is an
// Error (kind data).
[[nodiscard]] Result<std::string> inspect_idx(const std::string& path, bool json = false,
                                              const ReadingProgress& progress = {});

}  // namespace forknet::data
