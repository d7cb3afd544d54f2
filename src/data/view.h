// Some rows of a table, the scaling of their inputs and how they are varied: one of the sets of a
// run (training, validation, test). Copyable; the table is shared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "data/augment/augmentation.h"
#include "data/scaling.h"
#include "data/table.h"

namespace forknet::data {

struct View {
  TablePointer table;
  std::vector<std::uint32_t> rows;  // of the table; empty: all rows
  Scaling scaling;
  Scaling targets = {};       // of numeric targets
  Augmentation augment = {};  // of training pictures

  [[nodiscard]] std::size_t size() const { return rows.empty() ? table->shape.rows : rows.size(); }
  // The table's row at a position of this view.
  [[nodiscard]] std::uint32_t row(std::uint32_t position) const {
    return rows.empty() ? position : rows[position];
  }
};

// The mean of the rows' weights, summed in fp64 in their order. A batch's weights are divided by
// it, so that weights do not change the length of a step. 1 without weights.
[[nodiscard]] inline double mean_weight(const View& view) {
  const std::span<const float> weights = view.table->sample_weights();
  if (weights.empty()) return 1.0;
  double sum = 0;
  const auto rows = static_cast<std::uint32_t>(view.size());
  for (std::uint32_t i = 0; i < rows; ++i) sum += double{weights[view.row(i)]};
  return sum / static_cast<double>(rows);
}

}  // namespace forknet::data
