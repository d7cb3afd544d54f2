// Losses of numbers: values computed by hand, extreme outputs, links, and every target against the
// plain-loop reference, bit for bit, over random shapes.
#include <forknet/testing.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "math/element_testing.h"
#include "math/random_shapes.h"
#include "nn/losses/list.h"

namespace forknet::nn {
namespace {

using namespace math;  // NOLINT: matrices and shapes of the tests of kernels

struct NamedLoss {
  std::string name;
  Settings settings = {};
};
const std::vector<NamedLoss> kNumberLosses = {
    {"mse"},
    {"mae"},
    {"huber", {{"delta", 1.0}}},
    {"huber", {{"delta", 0.3}}},
    {"quantile", {{"quantile", 0.5}}},
    {"quantile", {{"quantile", 0.9}}},
    {"poisson"},
    {"binary_cross_entropy"},
};

TEST(NumberLosses, keep_what_check_loss_asks) {
  for (const NamedLoss& loss : kNumberLosses) {
    const Status status = check_loss(loss.name, loss.settings);
    EXPECT_TRUE(status.ok()) << status.error().message;
  }
}

// One row in fp64.
struct NumberRow {
  double loss = 0;
  std::vector<double> errors;
};
NumberRow number_row(Target target, const NamedLoss& named, const std::vector<double>& outputs,
                     const std::vector<double>& targets) {
  const LossPointer loss = make_loss(named.name, named.settings).value();
  PanelMatrix<double> y(1, outputs.size());
  PanelMatrix<double> t(1, outputs.size());
  PanelMatrix<double> dz(1, outputs.size());
  for (std::size_t c = 0; c < outputs.size(); ++c) {
    y.view().at(0, c) = outputs[c];
    t.view().at(0, c) = targets[c];
  }
  NumberRow row;
  LossArgs<double> args;
  args.outputs = y.view().as_const();
  args.targets = t.view().as_const();
  args.dz = dz.view();
  args.losses = &row.loss;
  args.rows = {0, 1};
  loss->take(target, args);
  for (std::size_t c = 0; c < outputs.size(); ++c) row.errors.push_back(dz.view().at(0, c));
  return row;
}

void expect_number_row(const NamedLoss& named, const std::vector<double>& outputs,
                       const std::vector<double>& targets, double loss,
                       const std::vector<double>& errors) {
  for (const Target target : available_targets()) {
    const NumberRow row = number_row(target, named, outputs, targets);
    EXPECT_NEAR(row.loss, loss, 1e-15 * (1 + std::abs(loss))) << named.name;
    for (std::size_t c = 0; c < errors.size(); ++c) {
      EXPECT_NEAR(row.errors[c], errors[c], 1e-15) << named.name << " " << c;
    }
  }
}

TEST(NumberLosses, mae_is_the_mean_distance) {
  expect_number_row({"mae"}, {1, -2, 3, 5}, {0, 0, 3, 4}, 1.0, {0.25, -0.25, 0, 0.25});
}

// Huber (1964): half the square up to delta, then straight on with the slope delta.
TEST(NumberLosses, huber_is_a_parabola_that_becomes_straight_at_delta) {
  expect_number_row({"huber", {{"delta", 1.0}}}, {0.5, -3, 1, 0}, {0, 0, 0, 0},
                    (0.125 + 2.5 + 0.5) / 4, {0.125, -0.25, 0.25, 0});
  expect_number_row({"huber", {{"delta", 2.0}}}, {3}, {0}, 4.0, {2});
  expect_number_row({"huber", {{"delta", 2.0}}}, {-1}, {0}, 0.5, {-1});
}

// Koenker and Bassett (1978).
TEST(NumberLosses, quantile_weighs_both_sides_by_its_share) {
  const NamedLoss high = {"quantile", {{"quantile", 0.75}}};
  expect_number_row(high, {1}, {3}, 1.5, {-0.75});
  expect_number_row(high, {3}, {1}, 0.5, {0.25});
  expect_number_row(high, {2}, {2}, 0.0, {0});
}

// A rate of 2 at the target 3: 2 - 3 log 2.
TEST(NumberLosses, poisson_is_that_of_the_logarithm_of_a_rate) {
  expect_number_row({"poisson"}, {0}, {1}, 1.0, {0});
  expect_number_row({"poisson"}, {std::log(2.0)}, {3}, -0.07944154167983575, {-1});
  expect_number_row({"poisson"}, {std::log(4.0), 0}, {0, 5}, 2.5, {2, -2});
}

// log 2 = 0.693...; log(1 + exp(-2)) = 0.12692801104297252, 1 / (1 + exp(2)) = 0.119...
TEST(NumberLosses, binary_cross_entropy_is_that_of_the_sigmoid_of_each_output) {
  expect_number_row({"binary_cross_entropy"}, {0}, {1}, 0.6931471805599453, {-0.5});
  expect_number_row({"binary_cross_entropy"}, {2}, {1}, 0.12692801104297252,
                    {-0.11920292202211755});
  expect_number_row({"binary_cross_entropy"}, {2, -2}, {0, 1}, 2.1269280110429727,
                    {0.44039853898894125, -0.44039853898894125});
  expect_number_row({"binary_cross_entropy"}, {0}, {0.25}, 0.6931471805599453, {0.25});
}

TEST(NumberLosses, binary_cross_entropy_of_large_logits_stays_finite) {
  expect_number_row({"binary_cross_entropy"}, {1000}, {0}, 1000, {1});
  expect_number_row({"binary_cross_entropy"}, {-1000}, {1}, 1000, {-1});
  expect_number_row({"binary_cross_entropy"}, {1000}, {1}, 0, {0});
  expect_number_row({"binary_cross_entropy"}, {-1000}, {0}, 0, {0});
}

TEST(NumberLosses, a_nan_stays_a_nan_and_touches_its_row_alone) {
  for (const NamedLoss& named : kNumberLosses) {
    for (const Target target : available_targets()) {
      const NumberRow row = number_row(target, named, {std::nan(""), 0.5}, {1, 1});
      EXPECT_TRUE(std::isnan(row.loss)) << named.name;
      EXPECT_TRUE(std::isnan(row.errors[0])) << named.name;
      EXPECT_FALSE(std::isnan(row.errors[1])) << named.name;
    }
  }
}

TEST(NumberLosses, predictions_are_rates_and_probabilities_where_the_loss_has_a_link) {
  for (const Target target : available_targets()) {
    PanelMatrix<double> outputs(2, 19);
    for (const auto& [name, expected] :
         {std::pair{"poisson", std::exp(0.5)},
          std::pair{"binary_cross_entropy", 1 / (1 + std::exp(-0.5))}, std::pair{"mae", 0.5}}) {
      for (std::size_t c = 0; c < 19; ++c) outputs.view().at(1, c) = 0.5;
      make_loss(name).value()->link(target, outputs.view());
      EXPECT_NEAR(outputs.view().at(1, 0), expected, 1e-15);
      EXPECT_NEAR(outputs.view().at(1, 18), expected, 1e-15);
    }
  }
}

TEST(NumberLosses, logits_and_logarithms_of_rates_come_from_a_linear_layer) {
  for (const char* name : {"poisson", "binary_cross_entropy"}) {
    const LossPointer loss = make_loss(name).value();
    EXPECT_FALSE(loss->fault_of({1, &activations::linear()}));
    ASSERT_TRUE(loss->fault_of({1, &activations::sigmoid()}));
    EXPECT_EQ(loss->fault_of({1, &activations::sigmoid()})->key, "activation");
  }
  EXPECT_FALSE(make_loss("huber").value()->fault_of({1, &activations::tanh()}));
}

TEST(NumberLosses, the_best_constant_probability_is_the_share_of_ones) {
  const std::vector<double> means = {0.5, 0.25, 0.0};
  const std::vector<double> variances = {0.25, 0.1875, 0.0};
  const auto loss =
      make_loss("binary_cross_entropy").value()->constant_loss({{}, variances, means});
  EXPECT_NEAR(loss.value(), (0.6931471805599453 + 0.5623351446188083) / 3, 1e-15);
}

template <class T>
class NumberLossKernels : public testing::Test {};
using NumberTypes = testing::Types<float, double>;
TYPED_TEST_SUITE(NumberLossKernels, NumberTypes);

TYPED_TEST(NumberLossKernels, give_the_bits_of_the_reference_in_any_shape) {
  using T = TypeParam;
  for_each_shape([](Target target, Random& random, const Shape& shape) {
    const NamedLoss& named = kNumberLosses[random.between(0, kNumberLosses.size() - 1)];
    const LossPointer loss = make_loss(named.name, named.settings).value();
    const PanelMatrix<T> y = random_matrix<T>(random, shape, random.one_in(3) ? 20.0 : 1.0);
    const PanelMatrix<T> targets = random_matrix<T>(random, shape, 1.0);
    std::vector<T> weights;
    for (std::size_t row = 0; row < shape.rows; ++row) {
      weights.push_back(static_cast<T>(random.between(1, 1000)) / T{300});
    }
    const bool weighed = random.one_in(2);
    const Activation* const activation = loss->fault_of({shape.columns, &activations::tanh()})
                                             ? &activations::linear()
                                             : random_activation(random);
    const bool dz_wanted = !random.one_in(4);
    const bool transposed_wanted = dz_wanted && !random.one_in(4);
    struct Results {
      PanelMatrix<T> dz, transposed;
      std::vector<T> losses;
    };
    const auto run = [&](Target kernels, Range rows) {
      Results results = {PanelMatrix<T>(shape.rows, shape.columns, shape.gap),
                         PanelMatrix<T>(shape.columns, shape.rows, shape.gap),
                         std::vector<T>(shape.rows, kUntouched<T>)};
      LossArgs<T> args;
      args.activation = activation;
      args.outputs = y.view();
      args.sums = y.view();
      args.targets = targets.view();
      if (dz_wanted) args.dz = results.dz.view();
      if (transposed_wanted) args.dz_transposed = results.transposed.view();
      args.losses = results.losses.data();
      args.rows = rows;
      args.sample_weights = weighed ? weights.data() : nullptr;
      loss->take(kernels, args);
      return results;
    };
    const Range rows = transposed_wanted ? random_groups(random, shape.rows) : shape.some_rows;
    const Results got = run(target, rows);
    const Results expected = run(Target::reference, rows);
    EXPECT_TRUE(all_same_bits(got.dz.numbers(), expected.dz.numbers())) << named.name;
    EXPECT_TRUE(all_same_bits(got.transposed.numbers(), expected.transposed.numbers()))
        << named.name;
    EXPECT_TRUE(all_same_bits(got.losses, expected.losses)) << named.name;
  });
}

}  // namespace
}  // namespace forknet::nn
