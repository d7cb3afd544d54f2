// Some rows of a table and how their inputs are scaled: one of the sets of a run (training,
// validation, test). Copyable; the table is shared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "data/scaling.h"
#include "data/table.h"

namespace forknet::data {

struct View {
  TablePointer table;
  std::vector<std::uint32_t> rows;  // of the table; empty: all of them
  Scaling scaling;
  Scaling targets = {};  // how targets that are numbers are scaled

  [[nodiscard]] std::size_t size() const { return rows.empty() ? table->shape.rows : rows.size(); }
  // The table's row at a position of this view.
  [[nodiscard]] std::uint32_t row(std::uint32_t position) const {
    return rows.empty() ? position : rows[position];
  }
};

}  // namespace forknet::data
