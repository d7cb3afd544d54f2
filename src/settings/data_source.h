// The value of data.train, data.test and data.validation: a pair of files, a pair of arrays, or a
// share of the training rows.
#pragma once

#include <forknet/config.h>

#include <optional>
#include <string_view>

#include "settings/problem.h"

namespace forknet::run {

// Checks types and shapes: rows of one length, as many labels as rows, finite numbers. A share
// (of at least 0, below 1; 0 is none) is allowed where `share` is set. Whether the source fits
// data.format and the model is left to the rules of whole configs (rules.h).
[[nodiscard]] std::optional<Problem> check_source(std::string_view name, const Value& value,
                                                  bool share);

// Between checked values and configs. Labels become targets of one number a row; a source that is
// absent reads as the share 0.0.
void assign(DataSource& source, const Value& value);
[[nodiscard]] Value read(const DataSource& source);

}  // namespace forknet::run
