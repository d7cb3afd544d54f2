#include "engine/layer_costs.h"

#include <gtest/gtest.h>

#include "small_runs.h"

namespace forknet::run {
namespace {

nn::ModelPlan plan_of(const std::vector<LayerConfig>& layers, std::size_t inputs) {
  ModelConfig model;
  model.layers = layers;
  return nn::plan_model(model, inputs).value();
}

TEST(LayerCosts, there_is_one_for_each_dense_layer_and_all_are_more_than_nothing) {
  const nn::ModelPlan plan =
      plan_of({dropout(0.1), dense(40, "relu"), dropout(0.2), dense(17, "tanh"), dense(3)}, 50);
  for (const math::Target target : math::available_targets()) {
    for (const std::size_t rows : {1U, 33U, 1000U}) {
      const auto single = measure_layer_costs<float>(plan, rows, target).value();
      const auto twice = measure_layer_costs<double>(plan, rows, target).value();
      ASSERT_EQ(single.size(), 3U);
      ASSERT_EQ(twice.size(), 3U);
      for (const double cost : single) EXPECT_GT(cost, 0);
      for (const double cost : twice) EXPECT_GT(cost, 0);
    }
  }
}

// Far enough apart for any machine, even a busy one.
TEST(LayerCosts, a_layer_with_thousands_of_times_the_work_costs_more) {
  const nn::ModelPlan plan = plan_of({dense(512, "relu"), dense(1), dense(1)}, 512);
  const auto costs = measure_layer_costs<float>(plan, 64, math::best_target()).value();
  ASSERT_EQ(costs.size(), 3U);
  EXPECT_GT(costs[0], costs[2]);
}

TEST(LayerCosts, of_one_layer_are_one) {
  const auto costs =
      measure_layer_costs<float>(plan_of({dense(1)}, 1), 1, math::best_target()).value();
  ASSERT_EQ(costs.size(), 1U);
  EXPECT_GT(costs[0], 0);
}

}  // namespace
}  // namespace forknet::run
