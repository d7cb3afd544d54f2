// The weights of rows in arrays of numpy: one number of at least 0 per row. Rows of weight 0 are
// left out of the arrays beside them while these are read. Errors are of kind data.
#pragma once

#include <forknet/result.h>

#include <memory>
#include <span>
#include <vector>

#include "data/formats/npy/header.h"
#include "data/formats/npy/source.h"

namespace forknet::data {

// An open array with a checked header.
struct OpenArray {
  NpySource source;
  NpyHeader header;
};

using RowWeights = std::shared_ptr<const std::vector<float>>;  // null: all rows count alike

// Of as many rows as `inputs` has. An Error also if all of them are 0.
[[nodiscard]] Result<RowWeights> read_npy_weights(const OpenArray& weights,
                                                  const OpenArray& inputs);

// The rows of the array, of which nothing has been read yet, whose weight is above 0.
[[nodiscard]] OpenArray counted_rows(OpenArray all, const RowWeights& weights);

// The weights above 0.
[[nodiscard]] std::vector<float> counted_weights(const RowWeights& weights);

}  // namespace forknet::data
