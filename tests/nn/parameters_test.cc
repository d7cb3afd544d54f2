#include "nn/parameters.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/digest.h"

namespace forknet::nn {
namespace {

// Weights and biases of a dense layer.
void pack(const LayerPlan& layer, std::span<const float> weight, std::span<const float> bias,
          std::span<float> region) {
  pack_parameter(layer, layer.parameters[0], weight, region);
  pack_parameter(layer, layer.parameters[1], bias, region);
}
void unpack(const LayerPlan& layer, std::span<const float> region, std::span<float> weight,
            std::span<float> bias) {
  unpack_parameter(layer, layer.parameters[0], region, weight);
  unpack_parameter(layer, layer.parameters[1], region, bias);
}

ModelPlan plan_of(std::size_t inputs, std::vector<LayerConfig> layers) {
  ModelConfig model;
  model.layers = std::move(layers);
  return plan_model(model, inputs).value();
}

TEST(Parameters, packing_and_unpacking_give_the_same_numbers_back) {
  const ModelPlan plan = plan_of(19, {dense(33)});
  std::vector<float> weight(19 * 33), bias(33), region(plan.numbers, 9.0F);
  std::iota(weight.begin(), weight.end(), 1.0F);
  std::iota(bias.begin(), bias.end(), -50.0F);
  pack(plan.layers[0], weight, bias, region);
  std::vector<float> weight_back(weight.size()), bias_back(bias.size());
  unpack(plan.layers[0], region, weight_back, bias_back);
  EXPECT_EQ(weight, weight_back);
  EXPECT_EQ(bias, bias_back);
  // (out 17, in 2) is in panel 1, line 2, lane 1; the lane after the last output is zero.
  EXPECT_EQ(region[20 * 16 + 2 * 16 + 1], weight[17 * 19 + 2]);
  EXPECT_EQ(region[2 * 20 * 16 + 1], 0.0F);
}

TEST(Parameters, first_weights_have_the_variance_that_their_rule_promises) {
  const ModelPlan plan = plan_of(400, {dense(200)});
  const std::pair<const char*, double> rules[] = {
      {"he_normal", 2.0 / 400},      {"he_uniform", 2.0 / 400},   {"glorot_normal", 2.0 / 600},
      {"glorot_uniform", 2.0 / 600}, {"lecun_normal", 1.0 / 400}, {"lecun_uniform", 1.0 / 400}};
  std::vector<float> region(plan.numbers), weight(400 * 200), bias(200);
  for (const auto& [init, variance] : rules) {
    initialise<float>(plan, init, 3, math::best_target(), region);
    unpack(plan.layers[0], region, weight, bias);
    double squares = 0;
    for (const float w : weight) squares += static_cast<double>(w) * static_cast<double>(w);
    EXPECT_NEAR(squares / 80000.0 / variance, 1.0, 0.02);
    EXPECT_EQ(std::count(bias.begin(), bias.end(), 0.0F), 200);
  }
}

TEST(Parameters, first_weights_depend_on_the_seed_and_not_on_the_target) {
  const ModelPlan plan = plan_of(30, {dense(20), dense(10)});
  std::vector<float> region(plan.numbers);
  const auto digest = [&](std::uint64_t seed, math::Target target) {
    initialise<float>(plan, "he_normal", seed, target, region);
    return parameter_digest<float>(plan, region);
  };
  const std::string expected = digest(1, math::Target::reference);
  for (const auto target : math::available_targets()) EXPECT_EQ(digest(1, target), expected);
  EXPECT_NE(digest(2, math::Target::reference), expected);
}

TEST(Parameters, the_digest_is_over_the_weights_row_by_row_then_the_biases) {
  const ModelPlan plan = plan_of(2, {dense(3)});
  const std::vector<float> numbers = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  std::vector<float> region(plan.numbers);
  pack(plan.layers[0], std::span(numbers).first(6), std::span(numbers).last(3), region);
  EXPECT_EQ(parameter_digest<float>(plan, region), digest_hex(std::as_bytes(std::span(numbers))));
}

}  // namespace
}  // namespace forknet::nn
