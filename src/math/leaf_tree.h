// The one order of all additions over the leaves of a batch: the balanced binary tree over their
// numbers, in which leaves 2i and 2i+1 are added first; absent leaves are absent, not zero. Leaves
// are taken in ascending order. As in a binary counter, two sums of the same size are added at
// once, so that at most one sum of every size waits.
#pragma once

#include <bit>
#include <cstddef>
#include <span>

namespace forknet::math {

// Up to 2^40 leaves.
inline constexpr std::size_t kTreeDepth = 40;

// Calls leaf(i, slot, merges): store the sum of leaf i in slot. Then add it `merges` times to the
// slot before (left operand: that slot); each result goes into that slot and is the next sum. Slots
// are below kTreeDepth; the total ends in slot 0. leaves >= 1.
template <class Leaf>
void for_each_leaf(std::size_t leaves, Leaf leaf) {
  std::size_t slot = 0;  // waiting sums
  for (std::size_t i = 0; i < leaves; ++i) {
    const std::size_t merges =
        i + 1 == leaves ? slot : static_cast<std::size_t>(std::countr_one(i));
    leaf(i, slot, merges);
    slot = slot + 1 - merges;
  }
}

// The number of leaves on the left of the last addition; the others are added as a batch of their
// own. leaves >= 2.
[[nodiscard]] constexpr std::size_t left_leaves(std::size_t leaves) {
  return std::bit_floor(leaves - 1);
}

// Calls leaf(i, slot): store the sum of leaf i in slot; merge(slot): slot = slot + (slot + 1), the
// left operand first.
template <class Leaf, class Merge>
void add_over_leaves(std::size_t leaves, Leaf leaf, Merge merge) {
  for_each_leaf(leaves, [&](std::size_t i, std::size_t slot, std::size_t merges) {
    leaf(i, slot);
    for (std::size_t m = 1; m <= merges; ++m) merge(slot - m);
  });
}

// Two sums of the tree, each of many numbers, become one: left = left + right, number by number.
template <class T>
void add_to(std::span<T> left, std::span<const T> right) {
  for (std::size_t i = 0; i < left.size(); ++i) left[i] += right[i];
}

}  // namespace forknet::math
