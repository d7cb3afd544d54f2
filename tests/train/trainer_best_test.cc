// Which weights are kept (the last or the best ones), and when training ends early.
#include <gtest/gtest.h>

#include <algorithm>

#include "nn/metrics/list.h"
#include "small_runs.h"
#include "train/trainer.h"

namespace forknet::run {
namespace {

TEST(Trainer, early_stopping_ends_early_and_says_so) {
  Config config = small_config();
  config.data.train = clouds(201, 1.0);
  config.model.layers = {dense(40, "relu"), dense(kClasses)};
  config.train.epochs = 200;
  config.train.early_stop_patience = 3;
  config.optimizer.schedule = "constant";
  std::vector<std::string> notes;
  TrainOptions options;
  options.on_note = [&](const std::string& text) { notes.push_back(text); };
  const TrainResult result = trained(config, options);
  EXPECT_EQ(result.state, TrainResult::State::finished);
  EXPECT_LT(result.epochs, 100U);
  EXPECT_EQ(result.steps, result.epochs * 6);
  ASSERT_TRUE(result.best.has_value());
  EXPECT_EQ(result.best->metric, "validation/loss");
  EXPECT_EQ(result.best->epoch + 3, result.epochs);
  EXPECT_EQ(result.best->step, result.best->epoch * 6);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("early stop: no better validation in 3 evaluations"), std::string::npos)
      << notes[0];
}

// The model of an early stop is that of a run that ends where it was the best.
TEST(Trainer, early_stopping_gives_the_best_weights_unless_they_are_not_kept) {
  Config config = small_config();
  config.data.train = clouds(201, 1.0);
  config.data.test.share = 0.1;
  config.model.layers = {dense(40, "relu"), dense(kClasses)};
  config.train.epochs = 200;
  config.train.early_stop_patience = 3;
  config.optimizer.schedule = "constant";
  const TrainResult early = trained(config);
  ASSERT_TRUE(early.best.has_value());
  EXPECT_EQ(early.validation->loss, early.best->value);
  Config shorter = config;
  shorter.train.epochs = static_cast<std::int64_t>(early.best->epoch);
  shorter.train.early_stop_patience = 0;
  const TrainResult best = trained(shorter);
  EXPECT_FALSE(best.best.has_value());
  EXPECT_EQ(early.model.digest(), best.weights_digest);
  EXPECT_EQ(early.test->loss, best.test->loss);
  EXPECT_EQ(early.validation->loss, best.validation->loss);
  config.checkpoint.best = "off";
  const TrainResult last = trained(config);
  EXPECT_FALSE(last.best.has_value());
  EXPECT_EQ(last.weights_digest, early.weights_digest);
  EXPECT_EQ(last.model.digest(), last.weights_digest);
  EXPECT_GT(last.validation->loss, early.validation->loss);
}

TEST(Trainer, the_best_model_is_kept_apart_from_the_last_weights) {
  for (const char* metric : {"validation/loss", "validation/accuracy"}) {
    Config config = small_config();
    config.data.train = clouds(201, 0.8);
    config.data.validation = clouds(60, 0.8, 3);
    config.model.layers = {dense(40, "relu"), dense(kClasses)};
    config.train.epochs = 40;
    config.checkpoint.best = metric;
    std::vector<Evaluation> seen;
    TrainOptions options;
    options.on_metrics = [&](const Metrics& metrics) {
      if (metrics.validation) seen.push_back(*metrics.validation);
    };
    const TrainResult result = trained(config, options);
    EXPECT_NE(result.model.digest(), result.weights_digest);
    const Evaluation best = result.model.evaluate(dataset_of(config.data.validation)).value();
    for (const Evaluation& one : seen) {
      if (std::string(metric) == "validation/loss") {
        EXPECT_LE(best.loss, one.loss);
      } else {
        EXPECT_GE(*best.accuracy, *one.accuracy);
      }
    }
    const bool was_seen = std::any_of(seen.begin(), seen.end(), [&](const Evaluation& one) {
      return one.loss == best.loss && one.accuracy == best.accuracy;
    });
    EXPECT_TRUE(was_seen) << metric;
  }
}

// Every metric, with the direction that is better; training shows no other metric besides.
TEST(Trainer, the_best_model_is_the_best_by_every_metric) {
  Config config = small_config();
  config.data.train = clouds(201, 0.8);
  config.data.validation = clouds(60, 0.8, 3);
  config.model.layers = {dense(40, "relu"), dense(kClasses)};
  config.train.epochs = 12;
  for (const nn::MetricEntry& metric : nn::metrics()) {
    if (!metric.applies({TargetKind::classes, kClasses, true, true})) continue;
    config.checkpoint.best = "validation/" + std::string(metric.name);
    std::vector<Evaluation> seen;
    TrainOptions options;
    options.on_metrics = [&](const Metrics& metrics) {
      if (metrics.validation) seen.push_back(*metrics.validation);
    };
    const TrainResult result = trained(config, options);
    const Evaluation best = result.model.evaluate(dataset_of(config.data.validation)).value();
    ASSERT_EQ(seen.size(), 12U);
    bool was_seen = false;
    for (const Evaluation& one : seen) {
      const double value = one.value(metric.name).value();
      const double kept = best.value(metric.name).value();
      EXPECT_TRUE(metric.larger_is_better ? kept >= value : kept <= value) << metric.name;
      was_seen = was_seen || value == kept;
      EXPECT_EQ(one.others.all().size(), metric.in_training ? 0U : 1U) << metric.name;
    }
    EXPECT_TRUE(was_seen) << metric.name;
  }
}

// The rows of a view of clouds, as passed by a program.
Dataset rows_of(const data::View& view) {
  std::vector<float> inputs;
  std::vector<std::uint32_t> labels;
  for (std::uint32_t i = 0; i < view.size(); ++i) {
    const float* row = view.table->f32_row(view.row(i));
    inputs.insert(inputs.end(), row, row + kFeatures);
    labels.push_back(view.table->labels()[view.row(i)]);
  }
  return Dataset::from_classes(inputs, kFeatures, labels, kClasses).value();
}

TEST(Trainer, the_best_model_of_mse_is_kept_by_its_accuracy_where_the_rows_have_classes) {
  Config config = small_config();
  const Dataset data = dataset_of(clouds(201, 0.8));
  config.data.train = {};
  config.model.loss = "mse";
  config.train.epochs = 40;
  config.checkpoint.best = "validation/accuracy";
  double most = 0;
  TrainOptions options;
  options.on_metrics = [&](const Metrics& metrics) {
    if (metrics.validation) most = std::max(most, metrics.validation->accuracy.value_or(2));
  };
  const auto result = train(config, data, options);
  ASSERT_TRUE(result.ok()) << result.error().message;
  const Dataset validation = rows_of(*prepare(config, data)->data.validation);
  EXPECT_EQ(result->model.evaluate(validation)->accuracy, most);
  EXPECT_GT(most, 0);
  EXPECT_LE(most, 1);
}

TEST(Trainer, mse_on_numbers_has_no_accuracy_to_keep_the_best_model_by) {
  Config config = small_config();
  config.data.train = {};
  config.model.loss = "mse";
  config.checkpoint.best = "validation/accuracy";
  const std::vector<float> inputs(40);
  const std::vector<float> targets(20 * kClasses);
  const auto data = Dataset::from_arrays(inputs, 2, targets, kClasses).value();
  const auto refused = train(config, data);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::config);
  EXPECT_EQ(refused.error().message,
            "checkpoint.best = \"validation/accuracy\": with mse only rows with class labels have "
            "an accuracy; use \"validation/loss\"");
  config.checkpoint.best = "validation/loss";
  EXPECT_TRUE(train(config, data).ok());
}

}  // namespace
}  // namespace forknet::run
