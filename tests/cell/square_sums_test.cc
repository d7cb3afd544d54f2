// The norm of a gradient: the same bits for every partition of the work, by hand and against plain
// loops.
#include "cell/square_sums.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "math/square_sum.h"

namespace forknet::cell {
namespace {

nn::ModelPlan plan_of_three_layers() {
  ModelConfig model;
  model.layers = {dense(35, "relu"), layer_norm(), dense(3)};
  return nn::plan_model(model, 20).value();
}

std::vector<float> random_gradient(const nn::ModelPlan& plan) {
  std::mt19937 engine(7);
  std::vector<float> gradient(plan.numbers);
  for (float& number : gradient) number = static_cast<float>(engine() % 2001) / 1000.0F - 1.0F;
  return gradient;
}

WeightTile whole_block(const nn::BlockPlan& block) {
  return {{0, math::panels_for(block.lines - 1)}, {0, block.panels}, true};
}

TEST(SquareSum, adds_line_after_line_in_lanes_and_then_their_tree) {
  std::vector<float> numbers(48);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i);
  EXPECT_EQ(math::square_sum(numbers.data(), 3), 47.0 * 48.0 * 95.0 / 6.0);
  std::vector<double> wide(numbers.begin(), numbers.end());
  EXPECT_EQ(math::square_sum(wide.data(), 3), 47.0 * 48.0 * 95.0 / 6.0);
  // Lane 0 is 1e16 + 1, which rounds to 1e16; lanes 1 and 9 meet before lane 0 does.
  std::vector<double> lanes(32, 0.0);
  lanes[0] = 1e8;
  lanes[16] = 1;
  lanes[1] = 1;
  lanes[9] = 1;
  EXPECT_EQ(math::square_sum(lanes.data(), 2), 1e16 + 2);
}

TEST(SquareSums, tiles_of_any_partition_add_up_to_the_same_bits) {
  const nn::ModelPlan plan = plan_of_three_layers();
  const std::vector<float> gradient = random_gradient(plan);
  std::vector<double> memory(SquareSums::count(plan));
  SquareSums whole(plan, memory);
  std::vector<double> other_memory(memory.size(), -1.0);
  SquareSums parts(plan, other_memory);
  for (std::size_t layer = 0; layer < plan.layers.size(); ++layer) {
    for (std::size_t b = 0; b < plan.layers[layer].blocks.size(); ++b) {
      const WeightTile all = whole_block(plan.layers[layer].blocks[b]);
      whole.put<float>(layer, b, all, gradient);
      for (std::size_t p = 0; p < all.out_panels.end; ++p) {
        parts.put<float>(layer, b, {{0, 1}, {p, p + 1}, false}, gradient);
        parts.put<float>(layer, b, {{1, all.in_panels.end}, {p, p + 1}, true}, gradient);
      }
    }
  }
  EXPECT_EQ(memory, other_memory);
  const double once = whole.add({0, plan.layers.size()}, 0);
  EXPECT_EQ(whole.add({1, 3}, whole.add({0, 1}, 0)), once) << "stages, one after the other";
  double plain = 0;
  for (const float number : gradient) plain += static_cast<double>(number) * number;
  EXPECT_NEAR(once, plain, 1e-9 * plain);
}

TEST(ClippedScale, is_less_only_where_the_norm_of_the_mean_gradient_is_above_the_limit) {
  // Sums with norm 8, means of 4 rows: norm 2.
  EXPECT_EQ(clipped_scale<float>(64, 2.0, 0.25F), 0.25F);
  EXPECT_EQ(clipped_scale<float>(64, 3.0, 0.25F), 0.25F);
  EXPECT_EQ(clipped_scale<float>(64, 1.0, 0.25F), 0.125F) << "8 * 0.125 is 1";
  EXPECT_EQ(clipped_scale<double>(0, 1.0, 0.25), 0.25);
  EXPECT_TRUE(std::isnan(clipped_scale<float>(std::numeric_limits<double>::infinity(), 1, 1)));
  EXPECT_TRUE(std::isnan(clipped_scale<double>(std::nan(""), 1, 1)));
}

}  // namespace
}  // namespace forknet::cell
