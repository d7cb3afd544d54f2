// The one order in which anything is added over the leaves of a batch: the balanced binary tree
// over their numbers, in which leaf 2i and 2i+1 meet first, absent leaves being absent, not zero.
// Leaves are taken in ascending order and, like carrying in a binary counter, two sums of the same
// size become one at once, so that at most one sum of every size waits.
#pragma once

#include <bit>
#include <cstddef>
#include <span>

namespace forknet::math {

// Up to 2^40 leaves.
inline constexpr std::size_t kTreeDepth = 40;

// leaf(i, slot, merges): the sum s of leaf i belongs into slot; then s is added `merges` times into
// the slot before it, that one's number being the left operand, and that is the new s, in the slot
// before. Slots are below kTreeDepth; the whole sum ends in slot 0. leaves >= 1.
template <class Leaf>
void for_each_leaf(std::size_t leaves, Leaf leaf) {
  std::size_t slot = 0;  // sums that wait
  for (std::size_t i = 0; i < leaves; ++i) {
    const std::size_t merges =
        i + 1 == leaves ? slot : static_cast<std::size_t>(std::countr_one(i));
    leaf(i, slot, merges);
    slot = slot + 1 - merges;
  }
}

// The leaves on the left of the last addition; those after them are added like a batch of their
// own. leaves >= 2.
[[nodiscard]] constexpr std::size_t left_leaves(std::size_t leaves) {
  return std::bit_floor(leaves - 1);
}

// leaf(i, slot): the sum of leaf i goes into slot; merge(slot): slot = slot + (slot + 1), the left
// operand first.
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
