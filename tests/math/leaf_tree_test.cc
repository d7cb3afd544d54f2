#include "math/leaf_tree.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <string>
#include <vector>

namespace forknet::math {
namespace {

// The order of additions for so many leaves, as text: "((0+1)+(2+3))".
std::string order(std::size_t leaves) {
  std::array<std::string, kTreeDepth> slots;
  add_over_leaves(
      leaves, [&](std::size_t leaf, std::size_t slot) { slots[slot] = std::to_string(leaf); },
      [&](std::size_t slot) {
        slots[slot] =
            std::string("(").append(slots[slot]).append("+").append(slots[slot + 1]) + ")";
      });
  return slots[0];
}

// The definition: the left half is the largest power of two below the number of leaves.
std::string defined_order(std::size_t first, std::size_t count) {
  if (count == 1) return std::to_string(first);
  const std::size_t left = std::bit_floor(count - 1);
  return std::string("(")
             .append(defined_order(first, left))
             .append("+")
             .append(defined_order(first + left, count - left)) +
         ")";
}

TEST(LeafTree, eight_leaves_make_a_balanced_tree) {
  EXPECT_EQ(order(8), "(((0+1)+(2+3))+((4+5)+(6+7)))");
}

TEST(LeafTree, missing_leaves_are_absent_not_zero) {
  EXPECT_EQ(order(5), "(((0+1)+(2+3))+4)");
  EXPECT_EQ(order(7), "(((0+1)+(2+3))+((4+5)+6))");
}

TEST(LeafTree, every_number_of_leaves_follows_the_definition) {
  for (std::size_t leaves = 1; leaves <= 200; ++leaves) {
    EXPECT_EQ(order(leaves), defined_order(0, leaves));
  }
}

TEST(AddTo, adds_number_by_number_into_the_left) {
  std::vector<float> left = {1.0F, 2.0F, 1e8F};
  const std::vector<float> right = {0.5F, -2.0F, 3.0F};
  add_to<float>(left, right);
  EXPECT_EQ(left, (std::vector<float>{1.5F, 0.0F, 1e8F + 3.0F}));
  EXPECT_EQ(right, (std::vector<float>{0.5F, -2.0F, 3.0F}));
}

}  // namespace
}  // namespace forknet::math
