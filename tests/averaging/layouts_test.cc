// The bits of models that train apart depend on the number of models, never on their workers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "averaging/averaging.h"
#include "nn/optimizers/list.h"
#include "settings/averaging.h"

namespace forknet::run {
namespace {

// Weights and every figure.
void expect_the_same_in(const std::vector<Workers>& layouts, const Config& config) {
  const Trace first = trace_of(carried_by(config, layouts[0]));
  ASSERT_EQ(first.digest.size(), 32U);
  ASSERT_FALSE(first.figures.empty());
  for (std::size_t i = 1; i < layouts.size(); ++i) {
    EXPECT_EQ(trace_of(carried_by(config, layouts[i])), first) << name_of(layouts[i]);
  }
}

TEST(AverageLayouts, rounds_of_an_epoch_have_the_same_bits_everywhere) {
  for (const std::int64_t models : {2, 3, 5}) {
    expect_the_same_in(layouts_for(models), averaging(models));
  }
}

TEST(AverageLayouts, the_defaults_have_the_same_bits_everywhere) {
  for (const std::string type : {"momentum", "adam"}) {
    Config config = by_default(3);
    config.optimizer.type = type;
    if (type == "momentum") config.optimizer.lr = 0.2;
    ASSERT_LT(steps_between_averages(config), 12) << "an epoch has 4 steps, the run 12";
    expect_the_same_in(layouts_for(3), config);
  }
}

TEST(AverageLayouts, a_batch_that_models_do_not_divide_has_the_same_bits_everywhere) {
  Config config = by_default(3);
  config.train.batch = 40;  // 13 rows per model
  const std::string digest = trained(config).weights_digest;
  expect_the_same_in(layouts_for(3), config);
  config.train.batch = 39;
  EXPECT_EQ(trained(config).weights_digest, digest);
  config.train.batch = 1;  // fewer rows than models
  config.train.leaf = 0;
  expect_the_same_in({{1}, {3}, {2, Host::process}}, config);
}

TEST(AverageLayouts, a_shared_batch_is_a_smaller_one_for_each_model_and_a_hotter_adam) {
  const std::vector<std::string> follow_the_gradient = {"sgd", "momentum", "nesterov"};
  for (const nn::OptimizerPart& part : nn::optimizers().all()) {
    const std::string type(part.kind->name());
    SCOPED_TRACE(type);
    const bool hotter = std::find(follow_the_gradient.begin(), follow_the_gradient.end(), type) ==
                        follow_the_gradient.end();
    Config shared = averaging(3, 2);
    shared.average.batch = AverageBatch::shared;
    shared.train.batch = 48;
    shared.train.leaf = 0;
    shared.optimizer.type = type;
    shared.optimizer.settings.set("final_lr", 0.003);
    Config each = shared;
    each.average.batch = AverageBatch::each;
    each.train.batch = 16;
    const double factor = hotter ? std::sqrt(3.0) : 1.0;
    each.optimizer.lr *= factor;
    each.optimizer.settings.set("final_lr", 0.003 * factor);
    const std::string digest = trained(each).weights_digest;
    EXPECT_EQ(trained(shared).weights_digest, digest);
    EXPECT_EQ(trained(carried_by(shared, {2, Host::process})).weights_digest, digest);
    each.optimizer.lr = shared.optimizer.lr;
    each.optimizer.settings = shared.optimizer.settings;
    EXPECT_EQ(trained(each).weights_digest == digest, factor == 1.0);
  }
}

TEST(AverageLayouts, rounds_of_any_length_have_the_same_bits_everywhere) {
  for (const std::int64_t every :
       {std::int64_t{1}, std::int64_t{2}, std::int64_t{7}, std::int64_t{1000}, GridConfig::kEnd}) {
    SCOPED_TRACE(every);
    expect_the_same_in(layouts_for(3), averaging(3, every));
  }
}

TEST(AverageLayouts, every_optimizer_has_the_same_bits_everywhere) {
  for (const nn::OptimizerPart& part : nn::optimizers().all()) {
    SCOPED_TRACE(part.kind->name());
    Config config = averaging(3, 2);
    config.optimizer.type = part.kind->name();
    config.optimizer.schedule = "one_cycle";
    expect_the_same_in({{1}, {3}, {2, Host::process}}, config);
  }
}

TEST(AverageLayouts, what_becomes_of_moments_has_the_same_bits_everywhere) {
  std::vector<std::string> digests;
  for (const std::string type : {"sgd", "momentum", "adam"}) {
    for (const auto moments : {AverageMoments::mean, AverageMoments::keep, AverageMoments::reset}) {
      SCOPED_TRACE(testing::Message() << type << static_cast<int>(moments));
      Config config = averaging(3, 2);
      config.optimizer.type = type;
      config.average.moments = moments;
      expect_the_same_in(
          {{1}, {2}, {3}, {2, Host::process}, {3, Host::process}, {2, Host::process, 1, 1, "pipe"}},
          config);
      digests.push_back(trained(carried_by(config, {3})).weights_digest);
    }
  }
  EXPECT_EQ(digests[0], digests[1]) << "sgd has no moments";
  EXPECT_EQ(digests[0], digests[2]);
  for (std::size_t i = 3; i < digests.size(); i += 3) {
    EXPECT_NE(digests[i], digests[i + 1]);
    EXPECT_NE(digests[i], digests[i + 2]);
    EXPECT_NE(digests[i + 1], digests[i + 2]);
  }
}

TEST(AverageLayouts, an_outer_optimizer_has_the_same_bits_everywhere) {
  Config config = averaging(3, 2);
  const std::string plain = trained(config).weights_digest;
  config.average.outer_lr = 0.7;
  config.average.outer_momentum = 0.9;
  EXPECT_NE(trained(config).weights_digest, plain);
  expect_the_same_in(layouts_for(3), config);
}

TEST(AverageLayouts, fp64_and_a_regression_have_the_same_bits_everywhere) {
  Config config = averaging(3);
  config.numerics.precision = Precision::fp64;
  expect_the_same_in(layouts_for(3), config);
  config.model.loss = "mse";
  config.model.layers.back() = dense(1, "sigmoid");
  expect_the_same_in(layouts_for(3), config);
}

TEST(AverageLayouts, batches_of_a_row_have_the_same_bits_everywhere) {
  Config config = averaging(4, 5);
  config.data.train = clouds(23);
  config.train.batch = 1;
  config.train.leaf = 1;
  expect_the_same_in(layouts_for(4), config);
}

TEST(AverageLayouts, batches_larger_than_a_share_have_the_same_bits_everywhere) {
  Config config = averaging(3, 1);
  config.train.batch = 150;
  expect_the_same_in(layouts_for(3), config);
}

TEST(AverageLayouts, a_model_for_every_row_has_the_same_bits_everywhere) {
  Config config = averaging(11);
  config.data.train = clouds(11);
  config.data.validation = {};
  expect_the_same_in({{1}, {4}, {11}, {3, Host::process}}, config);
}

TEST(AverageLayouts, max_steps_within_an_epoch_has_the_same_bits_everywhere) {
  for (const std::int64_t every : {std::int64_t{3}, GridConfig::kEpoch, GridConfig::kEnd}) {
    Config config = averaging(3, every);
    config.train.max_steps = 7;
    expect_the_same_in(layouts_for(3), config);
  }
}

TEST(AverageLayouts, rows_as_they_come_have_the_same_bits_everywhere) {
  Config config = averaging(3, 3);
  config.data.shuffle = false;
  expect_the_same_in(layouts_for(3), config);
}

TEST(AverageLayouts, as_many_models_as_replicas_are_meant_by_none) {
  Config config = averaging(3);
  const std::string three = trained(config).weights_digest;
  config.grid.models = 0;
  config.grid.replicas = 3;
  EXPECT_EQ(trained(config).weights_digest, three);
  config.grid.replicas = 2;
  EXPECT_NE(trained(config).weights_digest, three);
}

TEST(AverageLayouts, the_result_names_workers_and_models) {
  const TrainResult result = trained(carried_by(averaging(4), {3, Host::process}));
  EXPECT_EQ(result.grid.sync, Sync::average);
  EXPECT_EQ(result.grid.replicas, 3);
  EXPECT_EQ(result.grid.models, 4);
  ASSERT_EQ(result.cells.size(), 3U);
  for (const CellReport& worker : result.cells) EXPECT_GT(worker.rss_bytes, 0U);
}

// --- one model

TEST(OneModel, is_serial_training_to_the_bit) {
  for (const std::string type : {"sgd", "momentum", "adam"}) {
    Config serial = small_config();
    serial.optimizer.type = type;
    const Trace alone = trace_of(serial);
    for (const auto moments : {AverageMoments::mean, AverageMoments::keep, AverageMoments::reset}) {
      for (const std::int64_t every :
           {std::int64_t{1}, std::int64_t{4}, GridConfig::kEpoch, GridConfig::kEnd}) {
        Config config = serial;
        config.grid.sync = Sync::average;
        config.grid.models = 1;
        config.grid.average_every = every;
        config.average.moments = moments;
        config.average.outer_lr = 0.7;
        config.average.outer_momentum = 0.9;
        EXPECT_EQ(trace_of(carried_by(config, {1})), alone) << every;
        if (every != 4) continue;
        EXPECT_EQ(trace_of(carried_by(config, {1, Host::process})), alone);
        EXPECT_EQ(trace_of(carried_by(config, {1, Host::thread, 3, 2})), alone);
        EXPECT_EQ(trace_of(carried_by(config, {1, Host::process, 1, 1, "pipe"})), alone);
      }
    }
  }
}

TEST(OneModel, in_fp64_is_serial_training_to_the_bit) {
  Config config = small_config();
  config.numerics.precision = Precision::fp64;
  const Trace alone = trace_of(config);
  config.grid.sync = Sync::average;
  config.grid.models = 1;
  EXPECT_EQ(trace_of(carried_by(config, {1})), alone);
}

}  // namespace
}  // namespace forknet::run
