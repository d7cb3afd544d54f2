// The layout never changes the answer: one training in many layouts, the same bits after every
// epoch.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cell/all_schedules.h"
#include "math/activations/list.h"
#include "settings/enum_names.h"
#include "small_runs.h"

namespace forknet::run {
namespace {

// Four dense layers, one of them 1,100 wide, dropout between them, a last batch that is short.
Config wide_config(const std::string& optimizer, std::int64_t leaf) {
  Config config = small_config();
  config.data.train = clouds(230);
  config.model.layers = {dense(70, "relu"), dropout(0.2),      dense(1100, "relu"),
                         dropout(0.1),      dense(33, "tanh"), dense(kClasses)};
  config.train.epochs = 2;
  config.train.batch = 64;
  config.optimizer.settings.set("decay_steps", 6);  // whatever the number of epochs
  config.train.leaf = leaf;
  config.optimizer.type = optimizer;
  return config;
}

struct Grid {
  std::int64_t stages = 1;
  std::int64_t replicas = 1;
  std::int64_t threads = 1;
  std::int64_t microbatches = 1;
  Schedule schedule = Schedule::one_f_one_b;
  std::int64_t loaders = 0;
};

std::string name_of(const Grid& grid) {
  return std::to_string(grid.stages) + " stages x " + std::to_string(grid.replicas) +
         " replicas x " + std::to_string(grid.threads) + " threads, " +
         std::to_string(grid.microbatches) + " microbatches, " +
         std::string(word_of(grid.schedule)) + ", " + std::to_string(grid.loaders) + " loaders";
}

std::vector<Grid> flat_grids(std::int64_t most_replicas) {
  std::vector<Grid> grids;
  for (const std::int64_t replicas : {1, 2, 3, 5, 8}) {
    for (const std::int64_t threads : {1, 2, 3, 4}) {
      if (replicas > most_replicas || replicas * threads > 12) continue;
      grids.push_back({.replicas = replicas, .threads = threads, .loaders = 1});
      grids.push_back({.replicas = replicas, .threads = threads, .loaders = 4});
    }
  }
  return grids;
}

// Microbatches and loaders go round at paces of their own, so that each number meets each.
std::vector<Grid> deep_grids(std::int64_t most_replicas) {
  constexpr std::int64_t kMicrobatches[] = {1, 2, 3, 5, 0};
  std::vector<Grid> grids;
  for (const std::int64_t stages : {2, 3, 4}) {
    for (const std::int64_t replicas : {1, 2, 3, 5, 8}) {
      for (const std::int64_t threads : {1, 2, 3, 4}) {
        if (replicas > most_replicas || stages * replicas * threads > 24) continue;
        for (const Schedule schedule : kSchedules) {
          const std::size_t turn = grids.size();
          grids.push_back({stages, replicas, threads, kMicrobatches[turn % 5], schedule,
                           turn / 3 % 2 == 0 ? 1 : 4});
        }
      }
    }
  }
  return grids;
}

// What a run leaves behind that the layout must not touch: the weights and what it said of every
// epoch.
struct Trace {
  std::string digest;
  std::vector<double> figures;
  bool operator==(const Trace&) const = default;
};

Trace trace_of(Config config, const Grid& grid) {
  config.grid.stages = grid.stages;
  config.grid.replicas = grid.replicas;
  config.grid.threads = grid.threads;
  config.grid.microbatches = grid.microbatches;
  config.grid.schedule = grid.schedule;
  config.grid.host = Host::thread;
  config.data.loader_threads = grid.loaders;
  Trace trace;
  TrainOptions options;
  options.on_metrics = [&](const Metrics& metrics) {
    if (metrics.kind == Metrics::Kind::tick) return;
    trace.figures.push_back(metrics.loss);
    trace.figures.push_back(metrics.accuracy.value_or(0.0));
  };
  trace.digest = trained(config, options).weights_digest;
  return trace;
}

void expect_the_same_in(const std::vector<Grid>& grids, const Config& config) {
  const Trace serial = trace_of(config, {});
  ASSERT_EQ(serial.digest.size(), 32U);
  ASSERT_FALSE(serial.figures.empty());
  for (const Grid& grid : grids) EXPECT_EQ(trace_of(config, grid), serial) << name_of(grid);
}

// After the last epoch and after each before it.
void expect_the_same_after_every_epoch(const std::vector<Grid>& grids, Config config) {
  for (std::int64_t epochs = config.train.epochs; epochs > 0; --epochs) {
    config.train.epochs = epochs;
    expect_the_same_in(grids, config);
  }
}

TEST(Layouts, momentum_has_the_same_weights_everywhere_after_every_epoch) {
  const Config config = wide_config("momentum", 8);
  expect_the_same_in(flat_grids(8), config);
  expect_the_same_after_every_epoch(deep_grids(8), config);
}

TEST(Layouts, adam_has_the_same_weights_everywhere_after_every_epoch) {
  const Config config = wide_config("adam", 8);
  expect_the_same_in(flat_grids(8), config);
  expect_the_same_after_every_epoch(deep_grids(8), config);
}

TEST(Layouts, a_single_leaf_is_shared_by_threads_and_stages_alone) {
  const Config config = wide_config("momentum", 64);
  expect_the_same_in(flat_grids(1), config);
  expect_the_same_in(deep_grids(1), config);
}

TEST(Layouts, leaves_that_are_no_multiple_of_anything_give_the_same_weights) {
  Config config = wide_config("adam", 13);
  config.numerics.precision = Precision::fp64;
  config.train.epochs = 1;
  expect_the_same_in(flat_grids(5), config);
  expect_the_same_in(deep_grids(3), config);
}

TEST(Layouts, a_regression_ends_on_the_same_weights_everywhere) {
  Config config = wide_config("adam", 8);
  config.model.loss = "mse";
  config.model.layers.back() = dense(1, "sigmoid");
  config.train.epochs = 1;
  expect_the_same_in(flat_grids(3), config);
  expect_the_same_in(deep_grids(3), config);
}

// In hidden layers with dropout behind one of them, and at the end before mse.
TEST(Layouts, every_activation_ends_on_the_same_weights_everywhere) {
  constexpr std::int64_t kNeurons = GridConfig::kNeurons;
  const std::vector<Grid> grids = {
      {.threads = 2},
      {.replicas = 3},
      {.stages = 2, .microbatches = 2},
      {.stages = 3, .replicas = 2, .threads = 2, .microbatches = 3, .schedule = Schedule::gpipe},
      {.stages = 2, .microbatches = 4, .schedule = Schedule::zero_bubble},
      {.stages = 2, .threads = kNeurons}};
  for (const math::Activation* part : math::all_activations()) {
    const std::string activation(part->name);
    SCOPED_TRACE(activation);
    Config config = wide_config("momentum", 8);
    config.optimizer.lr = 0.002;
    config.train.epochs = 1;
    config.model.layers = {dense(40, activation), dropout(0.2), dense(600, activation),
                           dense(33, activation), dense(kClasses)};
    std::vector<Grid> shared = grids;
    shared.pop_back();
    expect_the_same_in(shared, config);
    config.model.loss = "mse";
    config.numerics.precision = Precision::fp64;
    config.model.layers = {dense(20, activation), dense(17, activation), dense(1, activation)};
    expect_the_same_in(grids, config);
  }
}

// Small enough that both limits are reached in every step.
TEST(Layouts, clipped_gradients_end_on_the_same_weights_everywhere) {
  for (const double clip_value : {0.0, 1e-3}) {
    Config config = wide_config("adamw", 8);
    config.model.layers.insert(config.model.layers.begin() + 1, layer_norm());
    config.optimizer.settings.set("weight_decay", 0.1);
    config.train.epochs = 1;
    config.train.clip_norm = 0.01;
    config.train.clip_value = clip_value;
    expect_the_same_in(flat_grids(3), config);
    expect_the_same_in(deep_grids(3), config);
    expect_the_same_in({{.stages = 2, .threads = GridConfig::kNeurons}}, [&] {
      Config narrow = config;
      narrow.model.layers = {dense(20, "relu"), layer_norm(), dense(kClasses)};
      return narrow;
    }());
  }
}

TEST(Layouts, a_limit_above_every_norm_changes_no_bit) {
  Config config = wide_config("adam", 13);
  config.train.epochs = 1;
  const std::string digest = trained(config).weights_digest;
  config.train.clip_norm = 1e9;
  EXPECT_EQ(trained(config).weights_digest, digest);
  config.train.clip_value = 1e9;
  EXPECT_EQ(trained(config).weights_digest, digest);
  config.train.clip_norm = 1e-2;
  EXPECT_NE(trained(config).weights_digest, digest);
}

TEST(Layouts, the_result_names_the_layout) {
  Config config = wide_config("sgd", 8);
  config.train.max_steps = 2;
  config.grid.replicas = 3;
  config.grid.host = Host::thread;
  config.grid.threads = 0;
  config.grid.stages = GridConfig::kLayers;
  const TrainResult result = trained(config);
  EXPECT_EQ(result.grid.stages, 4);
  EXPECT_EQ(result.grid.replicas, 3);
  EXPECT_GE(result.grid.threads, 1);
  EXPECT_GE(result.grid.microbatches, 1);
}

}  // namespace
}  // namespace forknet::run
