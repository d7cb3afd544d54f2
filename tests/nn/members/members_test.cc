// What a model of several members becomes: layers, names, first numbers.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "math/target.h"
#include "nn/layer.h"
#include "nn/model_plan.h"
#include "nn/parameters.h"
#include "nn/slices.h"

namespace forknet::nn {
namespace {

ModelConfig model_of(std::vector<LayerConfig> layers, std::int64_t members) {
  ModelConfig model;
  model.layers = std::move(layers);
  model.members = members;
  return model;
}

// "0.weight 3x4" of each parameter.
std::vector<std::string> names_of(const ModelPlan& plan) {
  std::vector<std::string> names;
  for (const LayerPlan& layer : plan.layers) {
    for (const ParameterPlan& parameter : layer.parameters) {
      std::string name = layer.path + "." + parameter.name + " ";
      for (const std::size_t size : parameter.shape) {
        name += (name.back() == ' ' ? "" : "x") + std::to_string(size);
      }
      names.push_back(std::move(name));
    }
  }
  return names;
}

TEST(Members, share_the_weights_of_all_layers_but_the_last) {
  const ModelPlan plan =
      plan_model(model_of({dense(6, "relu"), residual({layer_norm(), dense(6)}), dense(3)}, 4), 5)
          .value();
  EXPECT_EQ(plan.members, 4U);
  EXPECT_EQ(plan.describe(), "5-6-6-3 x 4 members");
  EXPECT_EQ(names_of(plan),
            (std::vector<std::string>{"0.input_scale 4x5", "0.weight 6x5", "0.output_scale 4x6",
                                      "0.bias 4x6", "1.layers.0.weight 6", "1.layers.0.bias 6",
                                      "1.layers.1.input_scale 4x6", "1.layers.1.weight 6x6",
                                      "1.layers.1.output_scale 4x6", "1.layers.1.bias 4x6",
                                      "2.weight 4x3x6", "2.bias 4x3"}));
}

TEST(Members, of_which_there_is_one_are_the_plain_net) {
  const std::vector<LayerConfig> layers = {dense(6, "relu"), dense(3)};
  const ModelPlan one = plan_model(model_of(layers, 1), 5).value();
  EXPECT_EQ(names_of(one),
            (std::vector<std::string>{"0.weight 6x5", "0.bias 6", "1.weight 3x6", "1.bias 3"}));
}

TEST(Members, stay_in_one_stage_with_what_they_share) {
  const ModelPlan plan =
      plan_model(model_of({dense(6), layer_norm(), dense(6), dense(3)}, 2), 5).value();
  std::vector<std::string> kinds;
  for (const std::size_t start : stage_starts(plan)) {
    kinds.emplace_back(plan.layers[start].kind->name());
  }
  EXPECT_EQ(kinds, (std::vector<std::string>{"member_inputs", "layer_norm", "member_inputs",
                                             "member_dense"}));
}

TEST(Members, differ_by_the_signs_of_the_first_layer_alone) {
  const ModelPlan plan = plan_model(model_of({dense(40), dense(40), dense(3)}, 8), 300).value();
  std::vector<float> region(plan.numbers, 9.0F);
  initialise<float>(plan, "he_normal", 5, math::best_target(), region);
  std::vector<float> numbers;
  const auto numbers_of = [&](std::size_t layer, std::size_t parameter) {
    const ParameterPlan& own = plan.layers[layer].parameters[parameter];
    numbers.resize(own.numbers());
    unpack_parameter<float>(plan.layers[layer], own, region, numbers);
    return numbers;
  };
  const auto signs = numbers_of(0, 0);
  const auto minus = std::count(signs.begin(), signs.end(), -1.0F);
  const auto plus = std::count(signs.begin(), signs.end(), 1.0F);
  EXPECT_EQ(minus + plus, 8 * 300);
  EXPECT_NEAR(static_cast<double>(minus), 1200.0, 150.0);
  for (std::size_t i = 0; i < 300; ++i) EXPECT_EQ(numbers_of(0, 0)[i], signs[i]);
  const auto ones = [](const std::vector<float>& all) {
    return std::all_of(all.begin(), all.end(), [](float one) { return one == 1.0F; });
  };
  EXPECT_TRUE(ones(numbers_of(2, 0))) << "output_scale";
  EXPECT_TRUE(ones(numbers_of(3, 0))) << "input_scale of the second layer";
  std::vector<float> again(plan.numbers);
  numbers.resize(signs.size());
  initialise<float>(plan, "he_normal", 6, math::best_target(), again);
  unpack_parameter<float>(plan.layers[0], plan.layers[0].parameters[0], again, numbers);
  EXPECT_NE(numbers, signs) << "another seed";
}

TEST(Members, have_weights_of_their_own_in_the_last_layer) {
  const ModelPlan plan = plan_model(model_of({dense(3)}, 2), 64).value();
  std::vector<float> region(plan.numbers);
  initialise<float>(plan, "he_normal", 5, math::best_target(), region);
  const ParameterPlan& weight = plan.layers[0].parameters[0];
  std::vector<float> numbers(weight.numbers());
  unpack_parameter<float>(plan.layers[0], weight, region, numbers);
  const std::size_t half = numbers.size() / 2;
  EXPECT_FALSE(std::equal(numbers.begin(), numbers.begin() + half, numbers.begin() + half));
  // He: a variance of 2 / inputs, not of 2 / (members * inputs).
  double squares = 0;
  for (const float number : numbers) squares += double{number} * number;
  EXPECT_NEAR(squares / static_cast<double>(numbers.size()), 2.0 / 64, 0.01);
}

TEST(Members, are_1_to_64) {
  for (const std::int64_t members : {0, -1, 65}) {
    const auto plan = plan_model(model_of({dense(3)}, members), 5);
    ASSERT_FALSE(plan.ok());
    EXPECT_EQ(plan.error().kind, ErrorKind::config);
    EXPECT_NE(plan.error().message.find("expected 1 to 64"), std::string::npos);
  }
}

TEST(Members, leave_the_shapes_of_a_message_as_the_config_has_them) {
  const auto plan =
      plan_model(model_of({dense(20), residual({dense(20), dense(21)}), dense(3)}, 4), 784);
  ASSERT_FALSE(plan.ok());
  EXPECT_NE(plan.error().message.find(
                "shapes so far: 784 inputs, dense 20, residual 20, dense 20, dense 21"),
            std::string::npos)
      << plan.error().message;
}

}  // namespace
}  // namespace forknet::nn
