#include "nn/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace forknet::nn {
namespace {

// One weight with one input of 1 and one row, so that its gradient is the error: the kernels' own
// update, seen alone. The line holds 16 such weights.
struct OneWeight {
  alignas(64) double weights[32] = {};
  alignas(64) double first[32] = {};
  alignas(64) double second[32] = {};
  alignas(64) double input[16] = {1.0};
  alignas(64) double error[16] = {};

  double step(const math::UpdateRule<double>& rule, double gradient) {
    error[0] = gradient;
    math::GradientArgs<double> args;
    args.x = {input, 1, 1, 16};
    args.dy = {error, 1, 1, 16};
    args.leaf_rows = 1;
    args.in_panels = {0, 1};
    args.out_panels = {0, 1};
    args.update = {weights, first, second, weights, first, second, 32, false, rule};
    math::product_kernels<double>(math::best_target()).gradient(args);
    return weights[0];
  }
};

OptimizerConfig config_of(OptimizerType type, double lr) {
  OptimizerConfig config;
  config.type = type;
  config.lr = lr;
  return config;
}

TEST(Optimizer, the_last_change_of_the_rate_at_or_before_a_step_holds) {
  const OptimizerConfig config = config_of(OptimizerType::sgd, 1.0);
  const std::vector<RateChange> changes = {{3, 2.0}, {5, 0.5}};
  const std::vector<double> expected = {1.0, 1.0, 1.0, 2.0, 2.0, 0.5, 0.5};
  for (std::size_t step = 0; step < expected.size(); ++step) {
    EXPECT_EQ(with_changes(config, changes, step).lr, expected[step]) << step;
    EXPECT_EQ(with_changes(config, {}, step).lr, 1.0);
  }
}

TEST(Optimizer, sgd_takes_the_gradient_times_the_rate) {
  OneWeight one;
  one.weights[0] = 1.0;
  const auto config = config_of(OptimizerType::sgd, 0.1);
  EXPECT_DOUBLE_EQ(one.step(update_rule<double>(config, 0, 10, 1), 0.5), 1.0 - 0.1 * 0.5);
}

TEST(Optimizer, weight_decay_adds_the_weight_to_the_gradient) {
  OneWeight one;
  one.weights[0] = 2.0;
  auto config = config_of(OptimizerType::sgd, 0.1);
  config.weight_decay = 0.01;
  EXPECT_DOUBLE_EQ(one.step(update_rule<double>(config, 0, 10, 1), 0.5), 2.0 - 0.1 * (0.5 + 0.02));
}

TEST(Optimizer, momentum_follows_its_formula_over_two_steps) {
  OneWeight one;
  const auto config = config_of(OptimizerType::momentum, 0.1);
  EXPECT_DOUBLE_EQ(one.step(update_rule<double>(config, 0, 10, 1), 1.0), -0.1);
  // m = 0.9 * 1 + 2
  EXPECT_DOUBLE_EQ(one.step(update_rule<double>(config, 1, 10, 1), 2.0), -0.1 - 0.1 * 2.9);
}

// Kingma and Ba 2015, algorithm 1, step by step.
TEST(Optimizer, adam_follows_the_published_algorithm) {
  OneWeight one;
  const auto config = config_of(OptimizerType::adam, 0.001);
  double m = 0, v = 0, w = 0;
  const double gradients[] = {0.3, -1.5, 0.02, 4.0, 0.0};
  for (std::uint64_t t = 1; t <= 5; ++t) {
    const double g = gradients[t - 1];
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    const double corrected_m = m / (1 - std::pow(0.9, static_cast<double>(t)));
    const double corrected_v = v / (1 - std::pow(0.999, static_cast<double>(t)));
    w -= 0.001 * corrected_m / (std::sqrt(corrected_v) + 1e-8);
    EXPECT_NEAR(one.step(update_rule<double>(config, t - 1, 10, 1), g), w, 1e-15);
  }
}

TEST(Optimizer, the_first_step_of_adam_is_the_rate_whatever_the_gradient) {
  for (const double gradient : {1e-3, 1.0, 1e3}) {
    OneWeight one;
    const auto rule = update_rule<double>(config_of(OptimizerType::adam, 0.01), 0, 10, 1);
    EXPECT_NEAR(one.step(rule, gradient), -0.01, 1e-6);
  }
}

TEST(Optimizer, the_gradient_is_the_mean_over_the_rows) {
  const auto rule = update_rule<double>(config_of(OptimizerType::sgd, 1.0), 0, 10, 8);
  EXPECT_EQ(rule.scale, 0.125);
}

TEST(LearningRate, warms_up_in_equal_steps) {
  auto config = config_of(OptimizerType::sgd, 0.8);
  config.warmup_steps = 4;
  EXPECT_DOUBLE_EQ(learning_rate(config, 0, 100), 0.2);
  EXPECT_DOUBLE_EQ(learning_rate(config, 3, 100), 0.8);
  EXPECT_DOUBLE_EQ(learning_rate(config, 50, 100), 0.8);
}

TEST(LearningRate, cosine_falls_from_the_rate_to_the_final_one_over_the_run) {
  auto config = config_of(OptimizerType::sgd, 1.0);
  config.schedule = LearningRateSchedule::cosine;
  config.final_lr = 0.1;
  EXPECT_DOUBLE_EQ(learning_rate(config, 0, 100), 1.0);
  EXPECT_NEAR(learning_rate(config, 50, 100), 0.55, 1e-12);
  EXPECT_NEAR(learning_rate(config, 25, 100), 0.1 + 0.9 * (1 + std::cos(M_PI / 4)) / 2, 1e-12);
  EXPECT_NEAR(learning_rate(config, 100, 100), 0.1, 1e-12);
  config.decay_steps = 10;
  EXPECT_NEAR(learning_rate(config, 10, 100), 0.1, 1e-12);
  EXPECT_NEAR(learning_rate(config, 60, 100), 0.1, 1e-12);
}

TEST(Leaf, auto_is_a_quarter_of_the_batch_between_16_and_64) {
  TrainConfig train;
  for (const auto& [batch, rows] : std::vector<std::pair<int, std::size_t>>{
           {1, 16}, {32, 16}, {64, 16}, {128, 32}, {192, 48}, {256, 64}, {4096, 64}}) {
    train.batch = batch;
    EXPECT_EQ(leaf_rows(train), rows) << batch;
  }
  train.leaf = 5;
  EXPECT_EQ(leaf_rows(train), 5U);
}

}  // namespace
}  // namespace forknet::nn
