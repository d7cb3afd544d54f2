// Tables from numbers in memory: a program's arrays, or rows written in a config. Inputs and
// targets must be finite. Errors are of kind data.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "data/table.h"

namespace forknet::data {

// inputs (rows, features), targets (rows, outputs), row-major; sample_weights (rows), or none. Rows
// of weight 0 are left out.
[[nodiscard]] Result<TablePointer> table_from_arrays(std::span<const float> inputs,
                                                     std::size_t features,
                                                     std::span<const float> targets,
                                                     std::size_t outputs,
                                                     std::span<const float> sample_weights = {});

// inputs (rows, features), one label per row; classes 0: the largest label + 1.
[[nodiscard]] Result<TablePointer> table_from_classes(std::span<const float> inputs,
                                                      std::size_t features,
                                                      std::span<const std::uint32_t> labels,
                                                      std::size_t classes,
                                                      std::span<const float> sample_weights = {});

// input_rows and target_rows of a source; `classes`: each target is one number, a label. `place`:
// where they are written ("data.train"), for messages. `weight`: the column of the inputs that has
// the rows' weights, from 0 or, below 0, from the end; it is not an input.
[[nodiscard]] Result<TablePointer> table_from_rows(const DataSource& source, bool classes,
                                                   const std::string& place,
                                                   std::optional<std::int64_t> weight = {});

}  // namespace forknet::data
