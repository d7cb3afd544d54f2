// Some rows of a table, the scaling of their inputs and how they are varied: one of the sets of a
// run (training, validation, test). Copyable; the table is shared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "data/augment/augmentation.h"
#include "data/scaling.h"
#include "data/table.h"

namespace forknet::data {

struct View {
  TablePointer table;
  std::vector<std::uint32_t> rows;  // of the table; empty: all rows
  Scaling scaling;
  Scaling targets = {};  // of numeric targets
  // By label: factors of the rows' weights; empty: 1. Only of rows that are trained on.
  std::vector<double> class_weights = {};
  Augmentation augment = {};  // of training pictures

  [[nodiscard]] std::size_t size() const { return rows.empty() ? table->shape.rows : rows.size(); }
  // The table's row at a position of this view.
  [[nodiscard]] std::uint32_t row(std::uint32_t position) const {
    return rows.empty() ? position : rows[position];
  }
  [[nodiscard]] bool weighted() const { return table->shape.weighted || !class_weights.empty(); }
  // The weight of a row of the table, times that of its class.
  [[nodiscard]] double weight(std::uint32_t of_row) const {
    const double own = table->shape.weighted ? double{table->sample_weights()[of_row]} : 1.0;
    return class_weights.empty() ? own : own * class_weights[table->labels()[of_row]];
  }
};

// The mean of the rows' weights, summed in fp64 in their order. A batch's weights are divided by
// it, so that weights do not change the length of a step. 1 without weights.
[[nodiscard]] inline double mean_weight(const View& view) {
  if (!view.weighted()) return 1.0;
  double sum = 0;
  const auto rows = static_cast<std::uint32_t>(view.size());
  for (std::uint32_t i = 0; i < rows; ++i) sum += view.weight(view.row(i));
  return sum / static_cast<double>(rows);
}

}  // namespace forknet::data
