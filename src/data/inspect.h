// What is in an IDX file, in words, for `forknet data inspect`.
#pragma once

#include <forknet/result.h>

#include <string>

#include "data/reading.h"

namespace forknet::data {

// With `json` the same as one object on one line. Some lines: type, shape, range and mean; of rank
// 1 and a whole-number type also how often each value occurs. Reads the whole file, so damage
// anywhere is an Error (kind data).
[[nodiscard]] Result<std::string> inspect_idx(const std::string& path, bool json = false,
                                              const ReadingProgress& progress = {});

}  // namespace forknet::data
