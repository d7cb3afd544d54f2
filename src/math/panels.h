// Panels: the one layout of every matrix that a kernel touches. A matrix M (rows, columns) is
// divided into panels of 16 columns; a panel holds its rows one after the other, 16 numbers (a
// "line") each:
//
//   M(r, c) = data[(c / 16) * panel_stride + r * 16 + c % 16]
//
// Activations (rows, units), errors in both orders, (rows, units) and (units, rows), and transposed
// weights, (in, out), all have this layout, so that every product reads them in place
// (docs/numerics.md, docs/architecture.md). Columns past the last are padding: kernels may read
// them, but no padding number enters the chain of a real element.
// Views own nothing; data is 64-byte aligned.
#pragma once

#include <cstddef>

namespace forknet::math {

inline constexpr std::size_t kLanes = 16;        // numbers in a line
inline constexpr std::size_t kBlockTerms = 256;  // terms of a product chain before it is added

[[nodiscard]] constexpr std::size_t panels_for(std::size_t columns) {
  return (columns + kLanes - 1) / kLanes;
}

template <class T>
struct PanelView {
  T* data = nullptr;
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::size_t panel_stride = 0;  // numbers from one panel to the next, at least rows * 16

  [[nodiscard]] constexpr std::size_t panels() const { return panels_for(columns); }
  [[nodiscard]] constexpr T* line(std::size_t panel, std::size_t row) const {
    return data + panel * panel_stride + row * kLanes;
  }
  [[nodiscard]] constexpr T& at(std::size_t row, std::size_t column) const {
    return line(column / kLanes, row)[column % kLanes];
  }
  [[nodiscard]] constexpr PanelView<const T> as_const() const {
    return {data, rows, columns, panel_stride};
  }
};

// A panel stride for `rows` rows that is an odd number of lines, so that the same row of many
// panels does not fall into the same cache set.
[[nodiscard]] constexpr std::size_t odd_stride(std::size_t rows) { return (rows | 1) * kLanes; }

// Numbers that a view of that size takes, with `rows` lines per panel.
[[nodiscard]] constexpr std::size_t panel_numbers(std::size_t rows, std::size_t columns) {
  return panels_for(columns) * rows * kLanes;
}

}  // namespace forknet::math
