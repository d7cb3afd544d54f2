// The one order in which anything is added over the leaves of a batch: the balanced binary tree
// over their numbers, in which leaf 2i and 2i+1 meet first, absent leaves being absent, not zero.
// Leaves are taken in ascending order and, like carrying in a binary counter, two sums of the same
// size become one at once, so that at most one sum of every size waits.
#pragma once

#include <cstddef>

namespace forknet::math {

// Up to 2^40 leaves.
inline constexpr std::size_t kTreeDepth = 40;

// leaf(i, slot): the sum of leaf i goes into slot; merge(slot): slot = slot + (slot + 1), the left
// operand first. Slots are below kTreeDepth; the whole sum ends in slot 0. leaves >= 1.
template <class Leaf, class Merge>
void add_over_leaves(std::size_t leaves, Leaf leaf, Merge merge) {
  std::size_t top = 0;
  for (std::size_t i = 0; i < leaves; ++i) {
    leaf(i, top++);
    const bool last = i + 1 == leaves;
    for (std::size_t bits = i; top > 1 && (last || (bits & 1) != 0); bits >>= 1) {
      --top;
      merge(top - 1);
    }
  }
}

}  // namespace forknet::math
