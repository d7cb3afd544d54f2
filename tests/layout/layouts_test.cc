// The layout never changes the answer: one training in many layouts, the same bits after every
// epoch.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "run/small_runs.h"

namespace forknet::run {
namespace {

// Four dense layers, one of them 1,100 wide, dropout between them, a last batch that is short.
Config wide_config(OptimizerType optimizer, std::int64_t leaf) {
  Config config = small_config();
  config.data.train = clouds(230);
  config.model.layers = {dense(70, Activation::relu),   dropout(0.2),
                         dense(1100, Activation::relu), dropout(0.1),
                         dense(33, Activation::tanh),   dense(kClasses)};
  config.train.epochs = 2;
  config.train.batch = 64;
  config.train.leaf = leaf;
  config.optimizer.type = optimizer;
  return config;
}

struct Grid {
  std::int64_t replicas;
  std::int64_t threads;
  std::int64_t loaders;
};

std::string name_of(const Grid& grid) {
  return std::to_string(grid.replicas) + " replicas x " + std::to_string(grid.threads) +
         " threads, " + std::to_string(grid.loaders) + " loaders";
}

std::vector<Grid> all_grids(std::int64_t most_replicas) {
  std::vector<Grid> grids;
  for (const std::int64_t replicas : {1, 2, 3, 5, 8}) {
    for (const std::int64_t threads : {1, 2, 3, 4}) {
      if (replicas > most_replicas || replicas * threads > 12) continue;
      grids.push_back({replicas, threads, 1});
      grids.push_back({replicas, threads, 4});
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
  config.grid.replicas = grid.replicas;
  config.grid.threads = grid.threads;
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

void expect_the_same_everywhere(const Config& config, std::int64_t most_replicas) {
  const Trace serial = trace_of(config, {1, 1, 0});
  ASSERT_EQ(serial.digest.size(), 32U);
  ASSERT_FALSE(serial.figures.empty());
  for (const Grid& grid : all_grids(most_replicas)) {
    EXPECT_EQ(trace_of(config, grid), serial) << name_of(grid);
  }
}

TEST(Layouts, momentum_ends_on_the_same_weights_everywhere) {
  expect_the_same_everywhere(wide_config(OptimizerType::momentum, 8), 8);
}

TEST(Layouts, adam_ends_on_the_same_weights_everywhere) {
  expect_the_same_everywhere(wide_config(OptimizerType::adam, 16), 4);
}

TEST(Layouts, a_single_leaf_is_shared_by_threads_alone) {
  expect_the_same_everywhere(wide_config(OptimizerType::momentum, 64), 1);
}

TEST(Layouts, leaves_that_are_no_multiple_of_anything_give_the_same_weights) {
  Config config = wide_config(OptimizerType::adam, 13);
  config.numerics.precision = Precision::fp64;
  config.train.epochs = 1;
  expect_the_same_everywhere(config, 5);
}

TEST(Layouts, a_regression_ends_on_the_same_weights_everywhere) {
  Config config = wide_config(OptimizerType::adam, 8);
  config.model.loss = Loss::mse;
  config.model.layers.back() = dense(1, Activation::sigmoid);
  config.train.epochs = 1;
  expect_the_same_everywhere(config, 8);
}

TEST(Layouts, the_result_names_the_layout) {
  Config config = wide_config(OptimizerType::sgd, 8);
  config.train.max_steps = 2;
  config.grid.replicas = 3;
  config.grid.host = Host::thread;
  config.grid.threads = 0;
  const TrainResult result = trained(config);
  EXPECT_EQ(result.grid.replicas, 3);
  EXPECT_GE(result.grid.threads, 1);
}

}  // namespace
}  // namespace forknet::run
