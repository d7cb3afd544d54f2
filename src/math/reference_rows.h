// What references (plain loops, docs/numerics.md) of kernels over rows share.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "math/panels.h"
#include "math/product_kernels.h"

namespace forknet::math::reference {

// The tree over 16 lanes: l with l + 8, then + 4, + 2, + 1.
template <class T>
[[nodiscard]] T fold(std::array<T, kLanes> lanes) {
  for (std::size_t half = kLanes / 2; half > 0; half /= 2) {
    for (std::size_t lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
  }
  return lanes[0];
}

// One row of a matrix; padding columns become 0.
template <class T>
void write_row(const PanelView<T>& to, std::size_t row, std::span<const T> numbers) {
  for (std::size_t c = 0; c < panels_for(numbers.size()) * kLanes; ++c) {
    to.at(row, c) = c < numbers.size() ? numbers[c] : T{0};
  }
}

// errors (rows, columns) -> transposed (columns, rows): row panels of these rows, padding lanes 0
template <class T>
void turn(const PanelView<T>& errors, const PanelView<T>& transposed, Range rows, Range columns) {
  for (std::size_t column = columns.begin; column < columns.end; ++column) {
    for (std::size_t row = rows.begin; row < panels_for(rows.end) * kLanes; ++row) {
      transposed.at(column, row) = row < rows.end ? errors.at(row, column) : T{0};
    }
  }
}

}  // namespace forknet::math::reference
