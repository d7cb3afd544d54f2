// layer_norm by hand: numbers whose mean, deviation and derivatives are short fractions. That it
// keeps the contract of layers stands in layers_test.cc.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "math/target.h"
#include "nn/layers/layer_norm/layer_norm_kernels.h"
#include "nn/model_plan.h"
#include "nn/testing/layer_trial.h"

namespace forknet::nn {
namespace {

// 2 rows of 4 features: the first has mean 3 and variance 4, the second equal numbers.
constexpr std::size_t kFeatures = 4;
constexpr double kInputs[2][kFeatures] = {{1, 5, 1, 5}, {7, 7, 7, 7}};
constexpr double kScale[kFeatures] = {1, 2, 3, 4};
constexpr double kShift[kFeatures] = {0.5, 0, -0.5, 1};
constexpr double kByOutputs[2][kFeatures] = {{1, 0, 0, 0}, {1, 2, 4, 8}};

template <class T>
class ByHand {
 public:
  explicit ByHand(math::Target target, double eps = 0.25)
      : plan(*plan_layer(layer_norm(eps), 0, kFeatures)), trial(plan, target, 2) {
    trial.draw(1);
    for (std::size_t i = 0; i < kFeatures; ++i) {
      for (std::size_t row = 0; row < 2; ++row) {
        trial.inputs.view().at(row, i) = static_cast<T>(kInputs[row][i]);
      }
      trial.at(plan.parameters[0], 0, i) = static_cast<T>(kScale[i]);
      trial.at(plan.parameters[1], 0, i) = static_cast<T>(kShift[i]);
    }
    trial.layer->forward(trial.step(), trial.whole());
    for (std::size_t i = 0; i < kFeatures; ++i) {
      for (std::size_t row = 0; row < 2; ++row) {
        trial.transposed.view().at(i, row) = static_cast<T>(kByOutputs[row][i]);
      }
    }
    trial.layer->take_errors(trial.step(), {}, true, trial.whole());
    trial.layer->hand_down(trial.step(), trial.by_inputs.view(), trial.whole_below());
    trial.gradient(0, {0, 2}, 16, trial.all_of(0));
  }
  LayerPlan plan;
  LayerTrial<T> trial;
};

TEST(LayerNorm, scales_and_shifts_rows_of_mean_0_and_variance_1) {
  for (const math::Target target : math::available_targets()) {
    SCOPED_TRACE(math::target_name(target));
    ByHand<double> one(target);
    // Distances from the mean are 2, the variance with eps is 4.25.
    const double normal = 2 / std::sqrt(4.25);
    const auto outputs = one.trial.outputs.view();
    for (std::size_t i = 0; i < kFeatures; ++i) {
      const double sign = i % 2 == 0 ? -1 : 1;
      EXPECT_DOUBLE_EQ(outputs.at(0, i), sign * normal * kScale[i] + kShift[i]);
      EXPECT_EQ(outputs.at(1, i), kShift[i]) << "a row of equal numbers is all mean";
    }
  }
}

TEST(LayerNorm, hands_down_the_derivative_by_its_inputs) {
  for (const math::Target target : math::available_targets()) {
    SCOPED_TRACE(math::target_name(target));
    ByHand<double> one(target);
    const double factor = 1 / std::sqrt(4.25);
    const double normal = 2 * factor;
    // g = (1, 0, 0, 0): mean 1/4; times the row, which begins with -normal: mean -normal/4.
    const auto by_inputs = one.trial.by_inputs.view();
    const double expected[kFeatures] = {1, 0, 0, 0};
    for (std::size_t i = 0; i < kFeatures; ++i) {
      const double along = (i % 2 == 0 ? -normal : normal) * (-normal / 4);
      EXPECT_NEAR(by_inputs.at(i, 0), factor * (expected[i] - 0.25 - along), 1e-15);
      // g = (1, 4, 12, 32): mean 12.25, 1 / deviation 2.
      EXPECT_EQ(by_inputs.at(i, 1), (kByOutputs[1][i] * kScale[i] - 12.25) * 2);
    }
  }
}

TEST(LayerNorm, sums_the_gradients_of_scale_and_shift) {
  for (const math::Target target : math::available_targets()) {
    SCOPED_TRACE(math::target_name(target));
    ByHand<double> one(target);
    for (std::size_t i = 0; i < kFeatures; ++i) {
      const double sign = i % 2 == 0 ? -1 : 1;
      EXPECT_DOUBLE_EQ(one.trial.sum_at(one.plan.parameters[0], 0, i),
                       sign * 2 / std::sqrt(4.25) * kByOutputs[0][i]);
      EXPECT_EQ(one.trial.sum_at(one.plan.parameters[1], 0, i),
                kByOutputs[0][i] + kByOutputs[1][i]);
    }
  }
}

TEST(LayerNorm, takes_factors_of_dropout_above_it_into_its_errors) {
  for (const math::Target target : math::available_targets()) {
    SCOPED_TRACE(math::target_name(target));
    ByHand<float> one(target);
    CheckedMatrix<float> factors(2, kFeatures);
    factors.fill([] { return 0.5; });
    one.trial.draw_derivatives();
    const float first = one.trial.transposed.view().at(0, 1);
    one.trial.layer->take_errors(one.trial.step(), factors.view().as_const(), true,
                                 one.trial.whole());
    EXPECT_EQ(one.trial.errors.view().at(1, 0), first * 0.5F);
  }
}

// Leaves of more than 256 rows are chains in blocks, as those of products.
template <class T>
void expect_sums_of_the_reference(std::size_t rows) {
  constexpr std::size_t kWide = 21;
  std::mt19937 engine(20261130);
  std::uniform_real_distribution<double> draw(-1, 1);
  const auto number = [&] { return draw(engine); };
  CheckedMatrix<T> x(rows, kWide), errors(rows, kWide), statistics(rows, 2);
  x.fill(number), errors.fill(number), statistics.fill(number);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = kWide; i < 32; ++i) errors.view().line(1, row)[i - 16] = 0;
  }
  LayerNormArgs<T> args;
  args.x = x.view().as_const();
  args.errors = errors.view();
  args.statistics = statistics.view();
  args.rows = {0, rows};
  for (const math::Target target : math::available_targets()) {
    for (const std::size_t panel : {0, 1}) {
      T expected[32], got[32];
      layer_norm_reference<T>().sum_leaf(args, panel, expected);
      layer_norm_kernels<T>(target).sum_leaf(args, panel, got);
      for (std::size_t i = 0; i < 32; ++i) {
        EXPECT_EQ(got[i], expected[i]) << math::target_name(target) << ", number " << i;
      }
    }
  }
}

TEST(LayerNorm, sums_of_long_leaves_have_the_bits_of_the_reference) {
  for (const std::size_t rows : {1, 255, 256, 257, 600}) {
    SCOPED_TRACE(rows);
    expect_sums_of_the_reference<float>(rows);
    expect_sums_of_the_reference<double>(rows);
  }
}

TEST(LayerNorm, has_weight_decay_only_where_norms_have) {
  const auto norm = plan_layer(layer_norm(), 0, 40);
  const math::Range lines = norm->undecayed_lines(0, {.biases = true});
  EXPECT_EQ(lines.begin, 0U);
  EXPECT_EQ(lines.end, kNormLines);
  EXPECT_EQ(norm->undecayed_lines(0, {.norms = true}).size(), 0U);
}

}  // namespace
}  // namespace forknet::nn
