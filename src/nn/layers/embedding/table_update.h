// Gradient sums of the rows of a table and what they change, for one worker in one step: all of its
// lines, or only those that the batch has.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "math/panels.h"
#include "math/product_kernels.h"
#include "nn/layer.h"
#include "nn/layers/embedding/hits.h"

namespace forknet::nn {

// T is float or double.
template <class T>
struct TableUpdate {
  const BlockPlan& block;
  std::size_t size = 0;  // numbers of a row of the table
  const math::ProductKernels<T>& products;
  math::PanelView<const T> errors;
  std::size_t leaves = 0;
  std::span<const Hit> hits;  // of lines of this worker, sorted
  math::WeightUpdate<T> update;

  // The lines [begin, end), and the last one of the table if the tile has it; sums of lines without
  // hits are 0.
  void change_all(math::Range lines, const WeightTile& tile) const;
  // The lines of the hits; those of `before` are first copied from the current version to the next.
  void change_touched(std::span<const std::size_t> before, math::Range panels) const;
  // The sum of the bits of the lines of the hits in the current version, weights and state.
  [[nodiscard]] std::uint64_t bits_of_touched(math::Range panels) const;

 private:
  void copy(std::span<const std::size_t> lines, math::Range panels) const;
  std::span<const Hit> change(std::size_t panel, math::Range lines,
                              std::span<const Hit> left) const;
  void add_chain(std::size_t panel, std::span<const Hit> of_leaf, T* sum) const;
};

// count numbers of a row from `column` on, which may lie in two panels.
template <class T>
void read_part(math::PanelView<const T> from, std::size_t row, std::size_t column,
               std::size_t count, T* to) {
  const std::size_t lane = column % math::kLanes;
  const std::size_t first = std::min(count, math::kLanes - lane);
  const T* const line = from.line(column / math::kLanes, row);
  std::copy_n(line + lane, first, to);
  if (first < count) std::copy_n(line + from.panel_stride, count - first, to + first);
}

}  // namespace forknet::nn
