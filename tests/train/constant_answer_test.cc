// The loss of the best constant answer, and a run that ends far above it.
#include "train/constant_answer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "data/dataset_internals.h"
#include "nn/losses/list.h"
#include "small_runs.h"
#include "train/summary.h"

namespace forknet::run {
namespace {

data::View view_of(const Dataset& data, std::vector<std::uint32_t> rows = {}) {
  return {DatasetInternals::table(data), std::move(rows), {}};
}

nn::ModelPlan plan_of(const std::string& loss, std::size_t outputs) {
  nn::ModelPlan plan;
  plan.loss = nn::make_loss(loss).value();
  plan.outputs = outputs;
  return plan;
}

TEST(ConstantAnswer, of_classes_comes_to_the_entropy_of_their_shares) {
  const std::vector<float> inputs(4);
  const std::vector<std::uint32_t> labels = {0, 1, 2, 2};
  const Dataset data = Dataset::from_classes(inputs, 1, labels, 10).value();
  const auto plan = plan_of("softmax_cross_entropy", 10);
  EXPECT_NEAR(constant_answer(view_of(data), plan).loss, 1.5 * std::log(2.0), 1e-12);
  EXPECT_NEAR(constant_answer(view_of(data, {0, 3}), plan).loss, std::log(2.0), 1e-12);
  EXPECT_EQ(constant_answer(view_of(data, {2, 3}), plan).loss, 0);
}

TEST(ConstantAnswer, of_numbers_comes_to_their_variance) {
  const std::vector<float> inputs(4);
  const std::vector<float> targets = {1, 5, 3, 5, 5, 5, 7, 5};  // variances 5 and 0
  const Dataset data = Dataset::from_arrays(inputs, 1, targets, 2).value();
  EXPECT_NEAR(constant_answer(view_of(data), plan_of("mse", 2)).loss, 2.5, 1e-12);
  EXPECT_NEAR(constant_answer(view_of(data, {0, 1}), plan_of("mse", 2)).loss, 0.5, 1e-12);
}

TEST(ConstantAnswer, of_weighted_rows_is_that_of_rows_that_come_as_often) {
  const std::vector<float> inputs(3);
  const std::vector<std::uint32_t> labels = {0, 1, 2};
  const std::vector<float> weights = {1, 1, 2};
  const Dataset classes = Dataset::from_classes(inputs, 1, labels, 3, weights).value();
  const auto entropy = plan_of("softmax_cross_entropy", 3);
  EXPECT_NEAR(constant_answer(view_of(classes), entropy).loss, 1.5 * std::log(2.0), 1e-12);
  const std::vector<float> targets = {1, 3, 5};
  const Dataset numbers = Dataset::from_arrays(inputs, 1, targets, 1, weights).value();
  EXPECT_NEAR(constant_answer(view_of(numbers), plan_of("mse", 1)).loss, 2.75, 1e-12);
}

TEST(ConstantAnswer, of_scaled_targets_is_in_the_units_of_the_loss) {
  const std::vector<float> inputs(4);
  const std::vector<float> targets = {1000, 5, 3000, 5, 5000, 5, 7000, 5};  // variances 5e6 and 0
  const Dataset data = Dataset::from_arrays(inputs, 1, targets, 2).value();
  data::View view = view_of(data);
  view.targets = data::fit_target_scaling(targets, 2, {});
  EXPECT_NEAR(constant_answer(view, plan_of("mse", 2)).loss, 0.5, 1e-6);
  view.targets = {{0}, {0.001F}};  // the same for all rows
  EXPECT_NEAR(constant_answer(view, plan_of("mse", 2)).loss, 2.5, 1e-6);
}

TEST(ConstantAnswer, of_weighted_targets_that_do_not_differ_is_0) {
  const std::vector<float> inputs(3);
  const std::vector<float> targets(3, 12.7F);
  for (int tenths = 1; tenths <= 40; ++tenths) {
    const std::vector<float> weights = {0.1F * static_cast<float>(tenths), 1, 3};
    const Dataset data = Dataset::from_arrays(inputs, 1, targets, 1, weights).value();
    EXPECT_EQ(constant_answer(view_of(data), plan_of("mse", 1)).loss, 0) << weights[0];
  }
}

TEST(ConstantAnswer, of_large_numbers_that_differ_little_is_exact) {
  std::vector<float> inputs(1000);
  std::vector<float> targets;
  for (int i = 0; i < 1000; ++i) targets.push_back(i % 2 == 0 ? 1e6F : 1e6F + 1);
  const Dataset data = Dataset::from_arrays(inputs, 1, targets, 1).value();
  EXPECT_NEAR(constant_answer(view_of(data), plan_of("mse", 1)).loss, 0.25, 1e-9);
}

TEST(ConstantAnswer, of_labels_that_stand_for_one_hot_rows_is_the_variance_of_those) {
  const std::vector<float> inputs(4);
  const std::vector<std::uint32_t> labels = {0, 0, 1, 1};
  const Dataset data = Dataset::from_classes(inputs, 1, labels, 4).value();
  EXPECT_NEAR(constant_answer(view_of(data), plan_of("mse", 4)).loss, 0.5 / 4, 1e-12);
}

// The least mean loss over constants between the targets, by trial.
double by_trial(const Settings& settings, const std::string& name,
                const std::vector<float>& targets, const std::vector<float>& weights) {
  const auto loss_of = [&](double y, double t) {
    const double d = y - t;
    if (name == "mae") return std::fabs(d);
    if (name == "quantile")
      return (d > 0 ? 1 - settings.number("quantile") : -settings.number("quantile")) * d;
    if (name == "poisson") return std::exp(y) - t * y;
    const double delta = settings.number("delta");
    return std::fabs(d) > delta ? delta * (std::fabs(d) - delta / 2) : d * d / 2;
  };
  double least = std::numeric_limits<double>::infinity();
  for (double y = -1; y < 9; y += 1.0 / 1024) {
    double sum = 0;
    double all = 0;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const double weight = weights.empty() ? 1.0 : weights[i];
      sum += weight * loss_of(y, targets[i]);
      all += weight;
    }
    least = std::min(least, sum / all);
  }
  return least;
}

TEST(ConstantAnswer, of_every_loss_of_numbers_is_the_least_that_a_trial_finds) {
  const std::vector<float> inputs(7);
  const std::vector<float> targets = {1, 8, 3, 0.5F, 2, 0, 6};
  for (const auto& weights :
       {std::vector<float>(), std::vector<float>{1, 0.25F, 3, 1, 1, 2, 0.5F}}) {
    const Dataset data = Dataset::from_arrays(inputs, 1, targets, 1, weights).value();
    for (const auto& [name, settings] : {std::pair<std::string, Settings>{"mae", {}},
                                         {"huber", {{"delta", 1.5}}},
                                         {"quantile", {{"quantile", 0.8}}},
                                         {"poisson", {}}}) {
      nn::ModelPlan plan = plan_of("mse", 1);
      plan.loss = nn::make_loss(name, settings).value();
      const ConstantAnswer constant = constant_answer(view_of(data), plan);
      EXPECT_NEAR(constant.loss, by_trial(settings, name, targets, weights), 1e-5) << name;
      EXPECT_LE(constant.loss, by_trial(settings, name, targets, weights) + 1e-12) << name;
    }
  }
}

TEST(ConstantAnswer, of_scaled_targets_and_several_outputs_is_the_mean_of_theirs) {
  const std::vector<float> inputs(3);
  const std::vector<float> targets = {0, 5, 10, 5, 40, 5};  // medians 10 and 5
  const Dataset data = Dataset::from_arrays(inputs, 1, targets, 2).value();
  data::View view = view_of(data);
  view.targets = {{10, 5}, {0.5F, 3}};
  EXPECT_NEAR(constant_answer(view, plan_of("mae", 2)).loss, (0.5 * 40 / 3 + 0) / 2, 1e-12);
}

TEST(ConstantAnswer, of_labels_that_stand_for_one_hot_rows_is_known_to_every_loss) {
  const std::vector<float> inputs(4);
  const std::vector<std::uint32_t> labels = {0, 0, 0, 1};
  const Dataset data = Dataset::from_classes(inputs, 1, labels, 2).value();
  EXPECT_NEAR(constant_answer(view_of(data), plan_of("mae", 2)).loss, 0.25, 1e-12);
}

// The loss of poisson leaves out what depends on the target alone: it may be small or negative.
TEST(ConstantAnswer, of_poisson_is_compared_by_what_a_loss_has_above_the_least) {
  const std::vector<float> inputs(4);
  const std::vector<float> targets = {20, 30, 25, 25};
  const Dataset data = Dataset::from_arrays(inputs, 1, targets, 1).value();
  const ConstantAnswer constant = constant_answer(view_of(data), plan_of("poisson", 1));
  EXPECT_LT(constant.loss, 0);
  EXPECT_LT(constant.least, constant.loss);
  const double above = constant.loss - constant.least;
  EXPECT_FALSE(is_far_above(constant.least + 1.9 * above, constant));
  EXPECT_TRUE(is_far_above(constant.least + 2.1 * above, constant));
  const Dataset alike = Dataset::from_arrays(inputs, 1, std::vector<float>(4, 7.0F), 1).value();
  const ConstantAnswer same = constant_answer(view_of(alike), plan_of("poisson", 1));
  EXPECT_EQ(same.loss, same.least);
  EXPECT_FALSE(is_far_above(100, same));
}

TEST(ConstantAnswer, is_far_below_what_is_more_than_twice_as_much) {
  EXPECT_FALSE(is_far_above(2, {1}));
  EXPECT_TRUE(is_far_above(2.1, {1}));
  EXPECT_TRUE(is_far_above(1e5, {2.3}));
  EXPECT_FALSE(is_far_above(0.1, {0})) << "every row wants the same: no net comes to 0";
}

// One dense layer: its gradient is bounded, so the loss stays finite at any rate.
Config exploding() {
  Config config = small_config();
  config.data.train = clouds(201, 1.0);  // random labels
  config.model.layers = {dense(kClasses)};
  config.optimizer.type = "sgd";
  config.optimizer.lr = 1e4;
  config.optimizer.warmup_steps = 0;
  return config;
}

TEST(ConstantAnswer, a_run_whose_loss_explodes_and_stays_finite_says_so) {
  std::vector<std::string> notes;
  TrainOptions options;
  options.on_note = [&](const std::string& text) { notes.push_back(text); };
  const TrainResult result = trained(exploding(), options);
  EXPECT_EQ(result.state, TrainResult::State::finished);
  EXPECT_GT(result.train.loss, 10);
  EXPECT_GT(result.constant_loss, 0.5);
  EXPECT_LE(result.constant_loss, std::log(static_cast<double>(kClasses)));
  EXPECT_TRUE(result.worse_than_constant);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("warning: the training loss of the last epoch is "), std::string::npos);
  const auto summary = nlohmann::json::parse(summary_json("x", result));
  EXPECT_EQ(summary["worse_than_constant"], true);
  EXPECT_EQ(summary["constant_loss"], result.constant_loss);
}

TEST(ConstantAnswer, a_run_that_learns_says_nothing) {
  std::vector<std::string> notes;
  TrainOptions options;
  options.on_note = [&](const std::string& text) { notes.push_back(text); };
  const TrainResult result = trained(small_config(), options);
  EXPECT_FALSE(result.worse_than_constant);
  EXPECT_TRUE(notes.empty());
  EXPECT_EQ(nlohmann::json::parse(summary_json("x", result))["worse_than_constant"], false);
}

}  // namespace
}  // namespace forknet::run
