// Fits a preparation to the training rows of a raw table. With row weights, a weight of 2 counts
// like two equal rows. Sums and counts are in double and in row order, however the rows were read.
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

// `rows`: the training rows, ascending; empty: all. Error: a missing value with impute = "error".
// Adds warnings about constant columns. The result is the same for any number of threads.
[[nodiscard]] Result<Preparation> fit_columns(const RawTable& raw, const Targets& targets,
                                              std::span<const std::uint32_t> rows,
                                              const TableConfig& config,
                                              std::vector<std::string>& warnings,
                                              std::size_t threads = 1);

// For numeric targets: scaling to mean 0 and deviation 1 over those rows, or none.
[[nodiscard]] Scaling fit_targets(const RawTable& raw, std::span<const std::uint32_t> rows,
                                  TargetScale scale);

}  // namespace forknet::data::csv
