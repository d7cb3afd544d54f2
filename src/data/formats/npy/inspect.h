// Describes an NPY or NPZ file, as text or JSON, for `forknet data inspect`.
#pragma once

#include <forknet/result.h>

#include <string>

#include "data/reading.h"

namespace forknet::data {

// For each array: type, order, shape, range, missing numbers, constant and repeated columns and the
// first rows; for integers of rank 1 how often each value occurs. Reads everything, so any damage
// is an Error (kind data). An array without numbers is an Error; in an archive it is skipped with
// its reason.
[[nodiscard]] Result<std::string> inspect_npy(const std::string& path, bool json,
                                              const ReadingProgress& progress = {});

}  // namespace forknet::data
