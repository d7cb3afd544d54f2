#include "nn/slices.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

namespace forknet::nn {
namespace {

bool begins_stage(const LayerPlan& layer) { return layer.begins_stage; }

ModelPlan plan_of(std::vector<LayerConfig> layers, std::size_t inputs = 8) {
  ModelConfig model;
  model.layers = std::move(layers);
  return plan_model(model, inputs).value();
}

// `dense_count` dense layers with dropout here and there, below the first one too.
ModelPlan random_plan(std::mt19937& engine, std::size_t dense_count) {
  std::vector<LayerConfig> layers;
  for (std::size_t i = 0; i < dense_count; ++i) {
    for (std::size_t drops = engine() % 3; drops > 0; --drops) layers.push_back(dropout(0.2));
    layers.push_back(dense(static_cast<std::int64_t>(1 + engine() % 40)));
  }
  return plan_of(layers);
}

std::vector<double> random_costs(std::mt19937& engine, std::size_t count) {
  std::vector<double> costs;
  for (std::size_t i = 0; i < count; ++i) costs.push_back(static_cast<double>(engine() % 50));
  return costs;
}

// Of the dense layers in each slice.
double costliest(const ModelPlan& plan, const std::vector<LayerRange>& slices,
                 const std::vector<double>& costs) {
  double costliest = 0;
  std::size_t number = 0;
  for (const LayerRange& slice : slices) {
    double cost = 0;
    for (std::size_t layer = slice.begin; layer < slice.end; ++layer) {
      if (begins_stage(plan.layers[layer])) cost += costs[number++];
    }
    costliest = std::max(costliest, cost);
  }
  return costliest;
}

// By trying every partition of costs[first ...] into so many parts.
double cheapest_by_trial(const std::vector<double>& costs, std::size_t first, std::size_t parts) {
  double own = 0;
  if (parts == 1) {
    for (std::size_t i = first; i < costs.size(); ++i) own += costs[i];
    return own;
  }
  double best = std::numeric_limits<double>::infinity();
  for (std::size_t end = first + 1; end + parts - 1 <= costs.size(); ++end) {
    own += costs[end - 1];
    best = std::min(best, std::max(own, cheapest_by_trial(costs, end, parts - 1)));
  }
  return best;
}

TEST(Slices, the_costliest_slice_is_as_cheap_as_any_partition_can_make_it) {
  std::mt19937 engine(1);
  for (int i = 0; i < 500; ++i) {
    const std::size_t layers = 1 + engine() % 9;
    const std::size_t stages = 1 + engine() % layers;
    const ModelPlan plan = random_plan(engine, layers);
    const std::vector<double> costs = random_costs(engine, layers);
    ASSERT_EQ(costliest(plan, partition_model(plan, stages, costs), costs),
              cheapest_by_trial(costs, 0, stages))
        << ::testing::PrintToString(costs) << " in " << stages;
  }
}

TEST(Slices, every_layer_is_in_exactly_one_slice_and_dropout_rides_with_the_layer_below) {
  std::mt19937 engine(2);
  for (int i = 0; i < 500; ++i) {
    const std::size_t layers = 1 + engine() % 9;
    const std::size_t stages = 1 + engine() % layers;
    const ModelPlan plan = random_plan(engine, layers);
    const auto slices = partition_model(plan, stages, random_costs(engine, layers));
    ASSERT_EQ(slices.size(), stages);
    std::size_t end = 0;
    for (const LayerRange& slice : slices) {
      EXPECT_EQ(slice.begin, end);
      EXPECT_TRUE(slice.begin == 0 || begins_stage(plan.layers[slice.begin]));
      const auto first = plan.layers.begin();
      EXPECT_TRUE(std::any_of(first + static_cast<std::ptrdiff_t>(slice.begin),
                              first + static_cast<std::ptrdiff_t>(slice.end), begins_stage));
      end = slice.end;
    }
    ASSERT_EQ(end, plan.layers.size());
  }
}

TEST(Slices, dropout_below_the_first_dense_layer_belongs_to_the_first_slice) {
  const ModelPlan plan = plan_of({dropout(0.1), dense(4), dropout(0.2), dropout(0.3), dense(2)});
  EXPECT_EQ(stage_starts(plan), (std::vector<std::size_t>{1, 4}));
  EXPECT_EQ(partition_model(plan, 2, std::vector<double>{1, 1}),
            (std::vector<LayerRange>{{0, 4}, {4, 5}}));
}

TEST(Slices, of_equal_cuts_the_one_with_shorter_earlier_slices_is_taken) {
  const ModelPlan plan = plan_of({dense(4), dense(4), dense(4), dense(4), dense(2)});
  EXPECT_EQ(partition_model(plan, 2, std::vector<double>{1, 1, 1, 0, 0}),
            (std::vector<LayerRange>{{0, 1}, {1, 5}}));
  EXPECT_EQ(partition_model(plan, 3, std::vector<double>{2, 2, 2, 2, 2}),
            (std::vector<LayerRange>{{0, 1}, {1, 3}, {3, 5}}));
}

TEST(Slices, costs_count_the_products_of_each_dense_layer) {
  const ModelPlan plan = plan_of({dropout(0.1), dense(4), dropout(0.2), dense(3)});
  EXPECT_EQ(counted_costs(plan), (std::vector<double>{2 * 9 * 4, 3 * 5 * 3}));
}

TEST(Slices, the_dense_layer_below_is_found_through_dropout) {
  const ModelPlan plan = plan_of({dropout(0.1), dense(4), dropout(0.2), dropout(0.3), dense(2)});
  const std::size_t none = plan.layers.size();
  EXPECT_EQ(errors_below(plan, 5), 4U);
  EXPECT_EQ(errors_below(plan, 4), 1U);
  EXPECT_EQ(errors_below(plan, 2), 1U);
  EXPECT_EQ(errors_below(plan, 1), none);
  EXPECT_EQ(errors_below(plan, 0), none);
}

}  // namespace
}  // namespace forknet::nn
