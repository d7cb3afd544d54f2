// The sum over the leaves of a batch distributed over replicas. Each replica has a contiguous range
// of leaves and contributes the sums of the complete subtrees in it (docs/numerics.md: the balanced
// tree). Combined in ascending order, they give exactly the additions of a single replica. Pure.
#pragma once

#include <cstddef>
#include <vector>

namespace forknet::wire {

// A node of the tree, `level` steps above the leaves: leaves [first, first + count) of a batch. At
// the batch's end a node may have fewer than 2^level leaves.
struct Subtree {
  std::size_t first = 0;
  std::size_t count = 0;
  std::size_t level = 0;
  bool operator==(const Subtree&) const = default;
};

// The fewest nodes that cover leaves [begin, end) of a batch of `leaves`, ascending.
[[nodiscard]] std::vector<Subtree> subtrees_of(std::size_t begin, std::size_t end,
                                               std::size_t leaves);

// The leaves [begin, end) of replica `replica` of `replicas`; the first replicas have one more.
struct Leaves {
  std::size_t begin = 0;
  std::size_t end = 0;
};
[[nodiscard]] Leaves leaves_of(std::size_t replica, std::size_t replicas, std::size_t leaves);

// Combines subtree sums in numbered slots. merge(slot): slot = slot + (slot + 1), left operand
// first. For each sum, in ascending order: place() returns its slot; call add() once the sum is
// there. After finish() the whole sum is in slot 0.
class SubtreeAdder {
 public:
  [[nodiscard]] std::size_t place() const { return count_; }
  template <class Merge>
  void add(const Subtree& subtree, Merge merge) {
    levels_[count_++] = subtree.level;
    while (count_ > 1 && levels_[count_ - 1] == levels_[count_ - 2]) {
      --count_;
      merge(count_ - 1);
      ++levels_[count_ - 1];
    }
  }
  template <class Merge>
  void finish(Merge merge) {
    while (count_ > 1) {
      --count_;
      merge(count_ - 1);
    }
    count_ = 0;
  }

 private:
  static constexpr std::size_t kMostLevels = 64;
  std::size_t levels_[kMostLevels] = {};
  std::size_t count_ = 0;
};

// The most slots needed for a batch of `leaves`.
[[nodiscard]] std::size_t slots_for(std::size_t leaves);

}  // namespace forknet::wire
