// The value of data.train, data.test and data.validation: a pair of files, a pair of arrays, or a
// share of the training rows.
#pragma once

#include <forknet/config.h>

#include <optional>
#include <string_view>

#include "settings/problem.h"

namespace forknet::run {

// Checks types and shapes: rows of one length, as many labels as rows, finite numbers. `share`: a
// share (at least 0, below 1; 0: none) is allowed as well. The rules of whole configs (rules.h)
// check that the source fits data.format and the model.
[[nodiscard]] std::optional<Problem> check_source(std::string_view name, const Value& value,
                                                  bool share);

// Conversions between checked values and configs. Labels become targets of one number per row; an
// absent source reads as the share 0.0.
void assign(DataSource& source, const Value& value);
[[nodiscard]] Value read(const DataSource& source);

}  // namespace forknet::run
