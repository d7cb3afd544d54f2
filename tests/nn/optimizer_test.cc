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
    args.update = {weights, weights, {first, second}, {first, second}, 2, 32, false, rule};
    math::product_kernels<double>(math::best_target()).gradient(args);
    return weights[0];
  }
};

OptimizerConfig config_of(const std::string& type, double lr) {
  OptimizerConfig config;
  config.type = type;
  config.lr = lr;
  return config;
}

math::UpdateRule<double> rule_of(const OptimizerConfig& config, std::uint64_t step,
                                 std::uint64_t total_steps, std::size_t rows) {
  return update_rule<double>(config, step, total_steps, rows, math::best_target());
}

double learning_rate(const OptimizerConfig& config, std::uint64_t step, std::uint64_t total_steps) {
  return Optimizer(config).learning_rate(step, total_steps);
}

TEST(Optimizer, the_last_change_of_the_rate_at_or_before_a_step_holds) {
  const Optimizer optimizer(config_of("sgd", 1.0));
  const std::vector<RateChange> changes = {{3, 2.0}, {5, 0.5}};
  const std::vector<double> expected = {1.0, 1.0, 1.0, 2.0, 2.0, 0.5, 0.5};
  for (std::size_t step = 0; step < expected.size(); ++step) {
    EXPECT_EQ(optimizer.learning_rate(step, 10, changes), expected[step]) << step;
    EXPECT_EQ(optimizer.learning_rate(step, 10), 1.0);
  }
}

TEST(Optimizer, sgd_takes_the_gradient_times_the_rate) {
  OneWeight one;
  one.weights[0] = 1.0;
  const auto config = config_of("sgd", 0.1);
  EXPECT_DOUBLE_EQ(one.step(rule_of(config, 0, 10, 1), 0.5), 1.0 - 0.1 * 0.5);
}

TEST(Optimizer, weight_decay_adds_the_weight_to_the_gradient) {
  OneWeight one;
  one.weights[0] = 2.0;
  auto config = config_of("sgd", 0.1);
  config.settings.set("weight_decay", 0.01);
  EXPECT_DOUBLE_EQ(one.step(rule_of(config, 0, 10, 1), 0.5), 2.0 - 0.1 * (0.5 + 0.02));
}

TEST(Optimizer, momentum_follows_its_formula_over_two_steps) {
  OneWeight one;
  const auto config = config_of("momentum", 0.1);
  EXPECT_DOUBLE_EQ(one.step(rule_of(config, 0, 10, 1), 1.0), -0.1);
  // m = 0.9 * 1 + 2
  EXPECT_DOUBLE_EQ(one.step(rule_of(config, 1, 10, 1), 2.0), -0.1 - 0.1 * 2.9);
}

// Kingma and Ba 2015, algorithm 1, step by step.
TEST(Optimizer, adam_follows_the_published_algorithm) {
  OneWeight one;
  const auto config = config_of("adam", 0.001);
  double m = 0, v = 0, w = 0;
  const double gradients[] = {0.3, -1.5, 0.02, 4.0, 0.0};
  for (std::uint64_t t = 1; t <= 5; ++t) {
    const double g = gradients[t - 1];
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    const double corrected_m = m / (1 - std::pow(0.9, static_cast<double>(t)));
    const double corrected_v = v / (1 - std::pow(0.999, static_cast<double>(t)));
    w -= 0.001 * corrected_m / (std::sqrt(corrected_v) + 1e-8);
    EXPECT_NEAR(one.step(rule_of(config, t - 1, 10, 1), g), w, 1e-15);
  }
}

TEST(Optimizer, the_first_step_of_adam_is_the_rate_whatever_the_gradient) {
  for (const double gradient : {1e-3, 1.0, 1e3}) {
    OneWeight one;
    const auto rule = rule_of(config_of("adam", 0.01), 0, 10, 1);
    EXPECT_NEAR(one.step(rule, gradient), -0.01, 1e-6);
  }
}

TEST(Optimizer, the_gradient_is_the_mean_over_the_rows) {
  const auto rule = rule_of(config_of("sgd", 1.0), 0, 10, 8);
  EXPECT_EQ(rule.scale, 0.125);
}

TEST(LearningRate, warms_up_in_equal_steps) {
  auto config = config_of("sgd", 0.8);
  config.warmup_steps = 4;
  EXPECT_DOUBLE_EQ(learning_rate(config, 0, 100), 0.2);
  EXPECT_DOUBLE_EQ(learning_rate(config, 3, 100), 0.8);
  EXPECT_DOUBLE_EQ(learning_rate(config, 50, 100), 0.8);
}

TEST(LearningRate, cosine_falls_from_the_rate_to_the_final_one_over_the_run) {
  auto config = config_of("sgd", 1.0);
  config.schedule = "cosine";
  config.settings.set("final_lr", 0.1);
  EXPECT_DOUBLE_EQ(learning_rate(config, 0, 100), 1.0);
  EXPECT_NEAR(learning_rate(config, 50, 100), 0.55, 1e-12);
  EXPECT_NEAR(learning_rate(config, 25, 100), 0.1 + 0.9 * (1 + std::cos(M_PI / 4)) / 2, 1e-12);
  EXPECT_NEAR(learning_rate(config, 100, 100), 0.1, 1e-12);
  config.settings.set("decay_steps", 10);
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
