// Sums of subtrees, combined in any partition, against the tree over single leaves.
#include "wire/subtrees.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>
#include <utility>
#include <vector>

#include "math/leaf_tree.h"
#include "random_cases.h"

namespace forknet::wire {
namespace {

constexpr std::size_t kMostLeaves = 40;
constexpr std::size_t kMostReplicas = 8;

using Partition = std::vector<Leaves>;  // ascending, without gaps

Partition partition_of(std::size_t replicas, std::size_t leaves) {
  Partition partition;
  for (std::size_t r = 0; r < replicas; ++r) partition.push_back(leaves_of(r, replicas, leaves));
  return partition;
}

Partition random_partition(std::mt19937_64& engine, std::size_t leaves) {
  std::vector<std::size_t> cuts = {0, leaves};
  for (std::size_t count = engine() % kMostReplicas; count > 0; --count) {
    cuts.push_back(engine() % (leaves + 1));
  }
  std::sort(cuts.begin(), cuts.end());
  Partition partition;
  for (std::size_t i = 1; i < cuts.size(); ++i) partition.push_back({cuts[i - 1], cuts[i]});
  return partition;
}

// Calls test(partition, leaves) for all tested cases.
template <class Test>
void each_partition(Test test) {
  std::mt19937_64 engine(test_seed());
  const std::size_t random = test_cases(200);
  for (std::size_t leaves = 1; leaves <= kMostLeaves; ++leaves) {
    SCOPED_TRACE(leaves);
    for (std::size_t replicas = 1; replicas <= kMostReplicas; ++replicas) {
      test(partition_of(replicas, leaves), leaves);
    }
    for (std::size_t i = 0; i < random; ++i) test(random_partition(engine, leaves), leaves);
  }
}

// Numbers of very different sizes, so that every order of additions gives another sum.
std::vector<float> random_leaves(std::size_t leaves) {
  std::mt19937_64 engine(leaves);
  std::normal_distribution<float> normal;
  std::vector<float> numbers(leaves);
  for (float& number : numbers) {
    number = std::ldexp(normal(engine), static_cast<int>(engine() % 24));
  }
  return numbers;
}

float tree_sum(const std::vector<float>& numbers, std::size_t first, std::size_t count) {
  float slots[math::kTreeDepth];
  math::add_over_leaves(
      count, [&](std::size_t leaf, std::size_t s) { slots[s] = numbers[first + leaf]; },
      [&](std::size_t s) { slots[s] = slots[s] + slots[s + 1]; });
  return slots[0];
}

// The sum as the owner of a stage computes it.
float sum_of_parts(const std::vector<float>& numbers, const Partition& partition) {
  std::vector<float> slots(slots_for(numbers.size()));
  const auto merge = [&](std::size_t s) { slots.at(s) = slots.at(s) + slots.at(s + 1); };
  SubtreeAdder adder;
  for (const Leaves& range : partition) {
    for (const Subtree& part : subtrees_of(range.begin, range.end, numbers.size())) {
      EXPECT_LT(adder.place(), slots_for(numbers.size()));
      slots.at(adder.place()) = tree_sum(numbers, part.first, part.count);
      adder.add(part, merge);
    }
  }
  adder.finish(merge);
  EXPECT_EQ(adder.place(), 0U);
  return slots[0];
}

// The largest nodes within a range, by the definition of the tree: the left half of a node is the
// largest power of two that leaves a nonempty right half.
void collect(std::size_t first, std::size_t count, const Leaves& range,
             std::vector<std::pair<std::size_t, std::size_t>>& nodes) {
  if (first >= range.end || first + count <= range.begin) return;
  if (first >= range.begin && first + count <= range.end) {
    nodes.emplace_back(first, count);
    return;
  }
  const std::size_t left = std::bit_floor(count - 1);
  collect(first, left, range, nodes);
  collect(first + left, count - left, range, nodes);
}

TEST(Subtrees, cover_their_range_in_order_with_the_fewest_nodes_of_the_tree) {
  each_partition([](const Partition& partition, std::size_t leaves) {
    for (const Leaves& range : partition) {
      std::vector<std::pair<std::size_t, std::size_t>> expected;
      if (range.begin < range.end) collect(0, leaves, range, expected);
      std::vector<std::pair<std::size_t, std::size_t>> got;
      for (const Subtree& part : subtrees_of(range.begin, range.end, leaves)) {
        got.emplace_back(part.first, part.count);
        EXPECT_EQ(part.level, static_cast<std::size_t>(std::bit_width(part.count - 1)));
      }
      ASSERT_EQ(got, expected) << range.begin << " to " << range.end;
    }
  });
}

TEST(Subtrees, put_together_make_the_sum_of_the_tree_over_single_leaves) {
  each_partition([](const Partition& partition, std::size_t leaves) {
    const std::vector<float> numbers = random_leaves(leaves);
    ASSERT_EQ(sum_of_parts(numbers, partition), tree_sum(numbers, 0, leaves));
  });
}

TEST(Subtrees, eight_leaves_on_three_replicas_make_five_sums) {
  std::vector<Subtree> all;
  for (const Leaves& range : partition_of(3, 8)) {
    for (const Subtree& part : subtrees_of(range.begin, range.end, 8)) all.push_back(part);
  }
  EXPECT_EQ(all, (std::vector<Subtree>{{0, 2, 1}, {2, 1, 0}, {3, 1, 0}, {4, 2, 1}, {6, 2, 1}}));
}

TEST(Subtrees, one_replica_makes_one_sum) {
  for (std::size_t leaves = 1; leaves <= kMostLeaves; ++leaves) {
    EXPECT_EQ(subtrees_of(0, leaves, leaves).size(), 1U) << leaves;
  }
}

TEST(Subtrees, an_empty_range_has_none) {
  EXPECT_TRUE(subtrees_of(0, 0, 8).empty());
  EXPECT_TRUE(subtrees_of(8, 8, 8).empty());
}

TEST(LeavesOfReplicas, are_whole_leaves_side_by_side_and_the_first_ones_have_one_more) {
  for (std::size_t leaves = 1; leaves <= kMostLeaves; ++leaves) {
    for (std::size_t replicas = 1; replicas <= kMostReplicas; ++replicas) {
      std::size_t next = 0;
      for (std::size_t r = 0; r < replicas; ++r) {
        const Leaves range = leaves_of(r, replicas, leaves);
        EXPECT_EQ(range.begin, next);
        EXPECT_EQ(range.end - range.begin, leaves / replicas + (r < leaves % replicas ? 1 : 0));
        next = range.end;
      }
      EXPECT_EQ(next, leaves);
    }
  }
}

}  // namespace
}  // namespace forknet::wire
