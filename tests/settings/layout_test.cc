#include "settings/layout.h"

#include <gtest/gtest.h>

#include "os/cpu.h"

namespace forknet::run {
namespace {

nn::ModelPlan model_of(std::vector<LayerConfig> layers, std::size_t inputs) {
  ModelConfig model;
  model.layers = std::move(layers);
  return nn::plan_model(model, inputs).value();
}

nn::ModelPlan three_layers() {
  return model_of({dense(64, "relu"), dense(32, "relu"), dense(10)}, 100);
}

TEST(LayoutOf, layers_asks_for_a_stage_each) {
  GridConfig grid;
  grid.stages = GridConfig::kLayers;
  const auto plan = layout_of(grid, three_layers(), 64).value();
  EXPECT_EQ(plan.shape.stages, 3U);
  EXPECT_EQ(plan.slices.size(), 3U);
  EXPECT_EQ(settled(grid, plan).stages, 3);
}

TEST(LayoutOf, more_stages_than_dense_layers_are_refused) {
  GridConfig grid;
  grid.stages = 4;
  const auto plan = layout_of(grid, three_layers(), 64);
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.error().kind, ErrorKind::config);
}

TEST(LayoutOf, stages_follow_the_costs_that_are_measured) {
  GridConfig grid;
  grid.stages = 2;
  const std::vector<nn::LayerRange> first = {{0, 1}, {1, 3}};
  const std::vector<nn::LayerRange> last = {{0, 2}, {2, 3}};
  EXPECT_EQ(layout_of(grid, three_layers(), 64, {5, 1, 1})->slices, first);
  EXPECT_EQ(layout_of(grid, three_layers(), 64, {1, 1, 5})->slices, last);
}

TEST(LayoutOf, a_tiny_net_gets_one_thread_whatever_the_machine_has) {
  GridConfig grid;
  grid.threads = 0;
  EXPECT_EQ(layout_of(grid, model_of({dense(2)}, 2), 4)->shape.threads, 1U);
  const auto large = model_of({dense(2000), dense(10)}, 2000);
  EXPECT_EQ(layout_of(grid, large, 256)->shape.threads, static_cast<std::size_t>(os::cpu_budget()));
}

TEST(LayoutOf, a_table_of_codes_counts_by_the_line_that_a_row_takes) {
  GridConfig grid;
  grid.threads = 0;
  const auto model = model_of({embedding(16, {10000}, {0}), dense(2)}, 1);
  EXPECT_EQ(layout_of(grid, model, 32)->shape.threads, 1U);
}

TEST(LayoutOf, members_share_the_work_of_their_weights_and_no_more) {
  GridConfig grid;
  grid.threads = 0;
  ModelConfig config;
  config.layers = {dense(64, "relu"), dense(40)};
  config.members = 4;
  // 4 x 16 rows, about 7,300 products forward: 1.4 million in a step. All parameters for each row,
  // four last layers among them, would be about 3 million.
  const auto model = nn::plan_model(config, 64).value();
  EXPECT_GT(3 * model.parameters * 64, 2'000'000U);
  EXPECT_EQ(layout_of(grid, model, 16)->shape.threads, 1U);
}

TEST(LayoutOf, a_thread_a_neuron_is_counted) {
  GridConfig grid;
  grid.threads = GridConfig::kNeurons;
  grid.replicas = 2;
  const auto plan = layout_of(grid, three_layers(), 64).value();
  EXPECT_TRUE(plan.neurons);
  EXPECT_EQ(working_threads(plan, three_layers()), 2U * (64 + 32 + 10));
}

TEST(LayoutOf, microbatches_are_no_more_than_begin_at_sixteen_rows) {
  GridConfig grid;
  grid.stages = 2;
  grid.microbatches = 100;
  EXPECT_EQ(layout_of(grid, three_layers(), 64)->microbatches, 4U);
  grid.microbatches = 0;
  EXPECT_EQ(layout_of(grid, three_layers(), 256)->microbatches, 8U);
}

TEST(LayoutOf, a_list_of_cpus_is_dealt_out_in_turn) {
  const auto allowed = os::allowed_cpus();
  GridConfig grid;
  grid.replicas = 3;
  grid.pin = {Pinning::Kind::list, {allowed.front()}};
  const auto plan = layout_of(grid, three_layers(), 64).value();
  EXPECT_EQ(plan.pins, std::vector<int>(3, allowed.front()));
  grid.pin.kind = Pinning::Kind::none;
  EXPECT_TRUE(layout_of(grid, three_layers(), 64)->pins.empty());
  grid.pin = {Pinning::Kind::list, {100000}};
  EXPECT_FALSE(layout_of(grid, three_layers(), 64).ok());
}

TEST(LayoutOf, only_a_run_that_fills_the_machine_is_bound_by_itself) {
  const auto allowed = os::allowed_cpus();
  GridConfig grid;
  grid.replicas = static_cast<std::int64_t>(allowed.size()) + 1;
  EXPECT_TRUE(layout_of(grid, three_layers(), 64)->pins.empty());
  if (allowed.size() < 2 || static_cast<std::size_t>(os::cpu_budget()) != allowed.size()) return;
  grid.replicas = static_cast<std::int64_t>(allowed.size());
  EXPECT_EQ(layout_of(grid, three_layers(), 64)->pins, allowed);
}

}  // namespace
}  // namespace forknet::run
