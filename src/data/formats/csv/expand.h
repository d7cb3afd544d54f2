// Converts a raw table into the table that a model takes, by a fitted preparation (preparation.h).
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <string>
#include <vector>

#include "data/formats/csv/raw_table.h"
#include "data/preparation.h"
#include "data/reading.h"
#include "data/table.h"

namespace forknet::data::csv {

// The raw table has the columns of the preparation, in any order; each block is freed once it is
// used. `labels`: one per row if the targets are classes, else empty. Inputs stay bytes if all are
// bytes. Adds warnings with the number of categories unknown to the preparation. `cache` may be
// null.
[[nodiscard]] Result<TablePointer> expand(RawTable raw, const Preparation& preparation,
                                          std::vector<std::uint32_t> labels,
                                          std::vector<std::string>& warnings,
                                          const Reading& reading = {});

}  // namespace forknet::data::csv
