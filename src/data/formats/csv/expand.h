// A raw table into the table that a model takes, by what was fitted (preparation.h).
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

// The raw table's columns are those of the preparation, in any order; its blocks go as they are
// used. `labels`: of each row where the targets are classes, else none. Inputs stay bytes where all
// of them are. Adds warnings that count categories which the preparation does not know. `cache` may
// be null.
[[nodiscard]] Result<TablePointer> expand(RawTable raw, const Preparation& preparation,
                                          std::vector<std::uint32_t> labels,
                                          std::vector<std::string>& warnings,
                                          const Reading& reading = {});

}  // namespace forknet::data::csv
