// The sum over the leaves of a batch when several replicas hold them. Each takes a contiguous range
// of leaves and hands over the sums of the whole subtrees in it (docs/numerics.md: the balanced
// tree); put together in ascending order they make the very additions that one replica makes. Pure.
#pragma once

#include <cstddef>
#include <vector>

namespace forknet::wire {

// Leaves [first, first + count) of a batch: a node of the tree, `level` steps above the leaves. At
// the batch's end a node may hold fewer than 2^level leaves.
struct Subtree {
  std::size_t first = 0;
  std::size_t count = 0;
  std::size_t level = 0;
  bool operator==(const Subtree&) const = default;
};

// The fewest nodes that make up leaves [begin, end) of a batch of `leaves`, ascending.
[[nodiscard]] std::vector<Subtree> subtrees_of(std::size_t begin, std::size_t end,
                                               std::size_t leaves);

// The leaves of replica `replica` of `replicas`: [begin, end), the first ones having one more.
struct Leaves {
  std::size_t begin = 0;
  std::size_t end = 0;
};
[[nodiscard]] Leaves leaves_of(std::size_t replica, std::size_t replicas, std::size_t leaves);

// Puts subtree sums together. Sums lie in numbered slots; merge(slot): slot = slot + (slot + 1),
// the left operand first. Call place() to learn where the next sum, in ascending order, belongs,
// then add() once it is there, at last finish(): the whole sum is in slot 0.
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

// Slots that adding up a batch of `leaves` needs at most.
[[nodiscard]] std::size_t slots_for(std::size_t leaves);

}  // namespace forknet::wire
