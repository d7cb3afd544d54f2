// What residual blocks compute, against plain loops and by numbers that are known.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "cell/network_testing.h"

namespace forknet::cell::residual_steps {
namespace {

constexpr std::size_t kRows = 21;
constexpr std::size_t kInputs = 6;
constexpr std::size_t kUnits = 18;

// A dense layer of the plan in plain loops.
std::vector<double> plain_dense(const NetworkFixture<double>& fixture, std::size_t layer,
                                const std::vector<double>& inputs) {
  const nn::LayerPlan& plan = fixture.plan_.layers[layer];
  const auto region = fixture.weights_.parameters();
  const auto number = [&](const nn::ParameterPlan& parameter, std::size_t row, std::size_t column) {
    const nn::BlockPlan& block = plan.blocks.front();
    return region[block.offset + parameter.place(block, row, column)];
  };
  std::vector<double> outputs;
  for (std::size_t unit = 0; unit < plan.outputs; ++unit) {
    double sum = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      sum += number(plan.parameters[0], unit, i) * inputs[i];
    }
    outputs.push_back(sum + number(plan.parameters[1], 0, unit));
  }
  return outputs;
}

std::vector<double> map(std::vector<double> numbers, double (*function)(double)) {
  for (double& number : numbers) number = function(number);
  return numbers;
}

TEST(ResidualSteps, add_what_the_list_makes_of_an_input_to_that_input) {
  NetworkFixture<double> fixture(
      model_of({dense(kUnits, "tanh"), residual({dense(7, "tanh"), dropout(0.5), dense(kUnits)}),
                dense(3)},
               "mse"),
      kInputs, kRows, math::best_target());
  const auto batch = fixture.batch();
  const auto got =
      fixture.network_.infer(std::as_const(fixture.weights_).parameters(), batch.inputs);
  for (std::size_t row = 0; row < kRows; ++row) {
    std::vector<double> inputs;
    for (std::size_t i = 0; i < kInputs; ++i) inputs.push_back(batch.inputs.at(row, i));
    std::vector<double> x = map(plain_dense(fixture, 0, inputs), &std::tanh);
    const auto made = plain_dense(fixture, 4, map(plain_dense(fixture, 2, x), &std::tanh));
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += made[i];
    const auto expected = plain_dense(fixture, 6, x);
    for (std::size_t unit = 0; unit < 3; ++unit) {
      EXPECT_NEAR(got.at(row, unit), expected[unit], 1e-13);
    }
  }
}

// The weights after some steps, without those of the list.
std::vector<float> weights_around(bool with_block) {
  std::vector<LayerConfig> layers = {dense(kUnits, "relu")};
  if (with_block) layers.push_back(residual({dense(kUnits)}));
  layers.push_back(dense(3));
  NetworkFixture<float> fixture(model_of(layers, "mse"), kInputs, kRows, math::best_target());
  const auto numbers_of = [&](std::size_t layer) {
    const nn::LayerPlan& plan = fixture.plan_.layers[layer];
    return fixture.weights_.parameters().subspan(plan.offset, plan.numbers());
  };
  // Numbers of the seed depend on the layer's place, so the last layer's come from the first.
  const std::size_t last = fixture.plan_.layers.size() - 1;
  float number = 0.5F;
  for (std::size_t line = 0; line < kUnits; ++line) {
    for (std::size_t unit = 0; unit < 3; ++unit) {
      numbers_of(last)[line * math::kLanes + unit] = number = -0.875F * number;
    }
  }
  if (with_block) std::ranges::fill(numbers_of(2), 0.0F);
  (void)fixture.network_.train(fixture.weights_, fixture.batch(), fixture.step(0, kRows, 8));
  std::vector<float> around;
  for (const std::size_t layer : {std::size_t{0}, last}) {
    for (const float weight : numbers_of(layer)) around.push_back(weight);
  }
  return around;
}

TEST(ResidualSteps, of_a_list_that_makes_zeros_are_those_of_the_net_without_it) {
  EXPECT_EQ(weights_around(true), weights_around(false));
}

}  // namespace
}  // namespace forknet::cell::residual_steps
