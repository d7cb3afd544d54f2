// What the data says of a model whose first layer takes whole-number codes (nn/layer.h,
// LayerTraits::codes).
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include "data/open.h"

namespace forknet::run {

// Fills in what the config leaves out: the columns, if a table has its categories as codes, and how
// many codes each column has. Errors (config): a column has a number that is
// no code, or does not exist; categories are codes, but the first layer takes numbers.
[[nodiscard]] Status settle_codes(ModelConfig& model, const data::DataSets& sets);

}  // namespace forknet::run
