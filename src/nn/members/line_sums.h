// Gradients of a block of parameters whose lines each belong to one member: a few lines at a time,
// leaves in their tree.
#pragma once

#include <algorithm>
#include <cstddef>

#include "math/leaf_tree.h"
#include "nn/layer.h"
#include "nn/members/member_kernels.h"

namespace forknet::nn {

// What a worker's part of a block is summed over.
struct LeafRows {
  math::Range rows;  // they begin at a leaf
  std::size_t leaf_rows = 0;
};

// Calls lines(range) for the lines of a block in the tile, at most kMemberLines at a time.
template <class Lines>
void for_member_lines(const BlockPlan& block, const WeightTile& tile, Lines lines) {
  const std::size_t last = block.lines - 1;
  const std::size_t end = std::min(tile.in_panels.end * math::kLanes, last);
  for (std::size_t line = tile.in_panels.begin * math::kLanes; line < end; line += kMemberLines) {
    lines(math::Range{line, std::min(line + kMemberLines, end)});
  }
  if (tile.bias) lines(math::Range{last, last + 1});
}

// leaf(rows, panel, lines, sums): the sums of one leaf, which go to `update` with those of the
// others.
template <class T, class Leaf>
void sum_member_lines(const BlockPlan& block, const WeightTile& tile, const LeafRows& over,
                      const math::ProductKernels<T>& products, const math::WeightUpdate<T>& update,
                      Leaf leaf) {
  constexpr std::size_t kNumbers = kMemberLines * math::kLanes;
  alignas(64) T waiting[math::kTreeDepth][kNumbers];
  const std::size_t leaves = (over.rows.size() + over.leaf_rows - 1) / over.leaf_rows;
  for (std::size_t panel = tile.out_panels.begin; panel < tile.out_panels.end; ++panel) {
    for_member_lines(block, tile, [&](math::Range lines) {
      const std::size_t numbers = lines.size() * math::kLanes;
      math::add_over_leaves(
          leaves,
          [&](std::size_t number, std::size_t slot) {
            const std::size_t begin = over.rows.begin + number * over.leaf_rows;
            const math::Range own = {begin, std::min(begin + over.leaf_rows, over.rows.end)};
            leaf(own, panel, lines, waiting[slot]);
          },
          [&](std::size_t slot) {
            math::add_to<T>({waiting[slot], numbers}, {waiting[slot + 1], numbers});
          });
      const std::size_t index = panel * update.panel_stride + lines.begin * math::kLanes;
      for (std::size_t i = 0; update.before != nullptr && i < numbers; ++i) {
        waiting[0][i] = update.before[index + i] + waiting[0][i];
      }
      products.update(update, index, lines.size(), waiting[0]);
    });
  }
}

}  // namespace forknet::nn
