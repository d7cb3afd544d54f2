#include "nn/optimizer.h"

#include <gtest/gtest.h>

#include <algorithm>
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

// m = 0.5, then 0.9 * 0.5 - 0.25 = 0.2; a step is the gradient and 0.9 of the new m.
TEST(Optimizer, nesterov_looks_ahead_along_its_momentum) {
  OneWeight one;
  one.weights[0] = 1.0;
  const auto config = config_of("nesterov", 0.1);
  EXPECT_DOUBLE_EQ(one.step(rule_of(config, 0, 10, 1), 0.5), 1.0 - 0.1 * 0.95);
  EXPECT_DOUBLE_EQ(one.step(rule_of(config, 1, 10, 1), -0.25), 0.905 + 0.1 * 0.07);
}

// Loshchilov and Hutter 2019, algorithm 2: after two steps the corrected averages are 1/3 and 1/7.
TEST(Optimizer, adamw_decays_weights_apart_from_the_averages) {
  OneWeight one;
  one.weights[0] = 1.0;
  auto config = config_of("adamw", 0.1);
  config.settings = {{"betas", std::vector<double>{0.5, 0.75}}, {"eps", 1e-30}};
  config.settings.set("weight_decay", 0.2);
  EXPECT_DOUBLE_EQ(one.step(rule_of(config, 0, 10, 1), 0.5), 0.98 - 0.1);
  EXPECT_DOUBLE_EQ(one.first[0], 0.25);
  EXPECT_DOUBLE_EQ(one.second[0], 0.0625);
  EXPECT_NEAR(one.step(rule_of(config, 1, 10, 1), 0.25), 0.88 * 0.98 - 0.1 / 3.0 * std::sqrt(7.0),
              1e-15);
}

TEST(Optimizer, adamw_without_decay_is_adam) {
  OneWeight adam, adamw;
  for (std::uint64_t t = 0; t < 3; ++t) {
    const double gradient = 0.5 - static_cast<double>(t);
    EXPECT_EQ(adam.step(rule_of(config_of("adam", 0.01), t, 10, 1), gradient),
              adamw.step(rule_of(config_of("adamw", 0.01), t, 10, 1), gradient));
  }
}

// As PyTorch: eps, here 1, is added to the root.
TEST(Optimizer, rmsprop_divides_by_the_root_of_the_mean_square) {
  OneWeight one;
  one.weights[0] = 1.0;
  auto config = config_of("rmsprop", 0.1);
  config.settings = {{"alpha", 0.75}, {"eps", 1.0}};
  EXPECT_DOUBLE_EQ(one.step(rule_of(config, 0, 10, 1), 0.5), 1.0 - 0.05 / 1.25);
  EXPECT_DOUBLE_EQ(one.step(rule_of(config, 1, 10, 1), 1.0),
                   0.96 - 0.1 / (1.0 + std::sqrt(0.046875 + 0.25)));
}

// Sums of squares 0.5625 and 1.5625.
TEST(Optimizer, adagrad_divides_by_the_root_of_the_sum_of_squares) {
  OneWeight one;
  one.weights[0] = 1.0;
  auto config = config_of("adagrad", 0.1);
  config.settings.set("eps", 1.0);
  const double first = one.step(rule_of(config, 0, 10, 1), 0.75);
  EXPECT_DOUBLE_EQ(first, 1.0 - 0.075 / 1.75);
  EXPECT_DOUBLE_EQ(one.step(rule_of(config, 1, 10, 1), 1.0), first - 0.1 / 2.25);
}

// Chen et al. 2023, program 1: c = 0.05, 0.9 * 0.005 - 0.1 * 0.02 > 0, 0.9 * 0.00475 - 0.1 < 0.
TEST(Optimizer, lion_steps_by_the_sign_between_momentum_and_gradient) {
  OneWeight one;
  one.weights[0] = 1.0;
  auto config = config_of("lion", 0.1);
  config.settings = {{"betas", std::vector<double>{0.9, 0.99}}, {"weight_decay", 0.5}};
  EXPECT_DOUBLE_EQ(one.step(rule_of(config, 0, 10, 1), 0.5), 0.95 - 0.1);
  EXPECT_NEAR(one.first[0], 0.005, 1e-16);
  EXPECT_DOUBLE_EQ(one.step(rule_of(config, 1, 10, 1), -0.02), 0.85 * 0.95 - 0.1);
  EXPECT_NEAR(one.first[0], 0.00475, 1e-16);
  EXPECT_DOUBLE_EQ(one.step(rule_of(config, 2, 10, 1), -1.0), 0.7075 * 0.95 + 0.1);
}

TEST(Optimizer, lion_hides_no_gradient_that_is_not_a_number) {
  for (const math::Target target : math::available_targets()) {
    OneWeight one;
    const auto rule = update_rule<double>(config_of("lion", 0.1), 0, 10, 1, target);
    EXPECT_TRUE(std::isnan(one.step(rule, std::nan(""))));
  }
}

TEST(Optimizer, the_gradient_is_the_mean_over_the_rows) {
  const auto rule = rule_of(config_of("sgd", 1.0), 0, 10, 8);
  EXPECT_EQ(rule.scale, 0.125);
}

// Biases and norms take this rule.
TEST(Optimizer, without_decay_has_the_constants_of_no_decay) {
  for (const std::string type : {"sgd", "adam", "adamw", "lion"}) {
    OptimizerConfig config = config_of(type, 0.1);
    const auto none = Optimizer(config).rule<double>(0.1, 3, 8, math::Target::reference);
    EXPECT_FALSE(Optimizer(config).decays()) << type;
    config.settings.set("weight_decay", 0.25);
    EXPECT_TRUE(Optimizer(config).decays()) << type;
    const auto undecayed =
        Optimizer(config).undecayed_rule<double>(0.1, 3, 8, math::Target::reference);
    EXPECT_EQ(undecayed.decay, none.decay) << type;
    EXPECT_TRUE(std::ranges::equal(undecayed.constants, none.constants)) << type;
  }
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
