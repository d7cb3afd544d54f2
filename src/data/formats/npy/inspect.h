// What is in an NPY or NPZ file, in words or as JSON, for `forknet data inspect`.
#pragma once

#include <forknet/result.h>

#include <string>

#include "data/reading.h"

namespace forknet::data {

// Of each array type, order, shape, range, missing numbers, constant and repeated columns and the
// first rows; of whole numbers of rank 1 how often each value occurs. Reads all of it, so damage
// anywhere is an Error (kind data). An array that holds something else than numbers is an Error, in
// an archive it is passed over with its reason.
[[nodiscard]] Result<std::string> inspect_npy(const std::string& path, bool json,
                                              const ReadingProgress& progress = {});

}  // namespace forknet::data
