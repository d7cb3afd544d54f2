// Where a batch has which code, and sums over these places in the tree of leaves (math/leaf_tree.h)
// without the leaves that do not have the code. Their sums would be +0, and no sum here is -0,
// because each begins as +0; so the bits are those of all leaves.
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <span>

#include "math/leaf_tree.h"
#include "math/panels.h"

namespace forknet::nn {

// A code of the batch, in the order of its sum.
struct Hit {
  std::size_t line = 0;  // of the table
  std::size_t leaf = 0;
  std::size_t row = 0;
  std::size_t column = 0;  // which of the codes of a row
  auto operator<=>(const Hit&) const = default;
};

// The sum of a line of 16 numbers over hits of one line of the table, at least one, whose leaves
// are [first, first + leaves). chain(hits of one leaf, sum): that leaf's sum.
template <class T, class Chain>
void sum_over_leaves(std::span<const Hit> hits, std::size_t first, std::size_t leaves, Chain chain,
                     T* sum) {
  if (hits.front().leaf == hits.back().leaf) return chain(hits, sum);
  const std::size_t left = math::left_leaves(leaves);
  const auto middle = std::partition_point(hits.begin(), hits.end(),
                                           [&](const Hit& hit) { return hit.leaf < first + left; });
  const std::span<const Hit> before(hits.begin(), middle);
  const std::span<const Hit> after(middle, hits.end());
  if (before.empty()) return sum_over_leaves(after, first + left, leaves - left, chain, sum);
  sum_over_leaves(before, first, left, chain, sum);
  if (after.empty()) return;
  alignas(64) T right[math::kLanes];
  sum_over_leaves(after, first + left, leaves - left, chain, right);
  for (std::size_t lane = 0; lane < math::kLanes; ++lane) sum[lane] += right[lane];
}

}  // namespace forknet::nn
