// What is fitted to the training rows of a raw table, where they have weights by these: a weight of
// 2 counts as the row twice. Sums and counts go over the rows in their order, in double, whatever
// read them.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/formats/csv/raw_table.h"
#include "data/formats/csv/targets.h"
#include "data/preparation.h"
#include "data/scaling.h"

namespace forknet::data::csv {

// `rows`: the training rows, ascending; none: all. Errors: a missing value where impute = "error".
// Adds warnings of columns that say nothing. What is fitted is the same for any number of threads.
[[nodiscard]] Result<Preparation> fit_columns(const RawTable& raw, const Targets& targets,
                                              std::span<const std::uint32_t> rows,
                                              const TableConfig& config,
                                              std::vector<std::string>& warnings,
                                              std::size_t threads = 1);

// Of targets that are numbers: mean 0 and deviation 1 over those rows, or none.
[[nodiscard]] Scaling fit_targets(const RawTable& raw, std::span<const std::uint32_t> rows,
                                  TargetScale scale);

}  // namespace forknet::data::csv
