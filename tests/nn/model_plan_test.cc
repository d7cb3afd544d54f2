#include "nn/model_plan.h"

#include <gtest/gtest.h>

namespace forknet::nn {
namespace {

ModelConfig model_of(std::vector<LayerConfig> layers) {
  ModelConfig model;
  model.layers = std::move(layers);
  return model;
}

TEST(ModelPlan, layers_lie_one_after_the_other_in_panels_with_a_line_of_biases) {
  const auto plan = plan_model(model_of({dense(20, "relu"), dropout(0.5), dense(10)}), 784);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->describe(), "784-20-10");
  EXPECT_EQ(plan->parameters, 785U * 20 + 21 * 10);
  EXPECT_EQ(plan->layers[0].numbers(), 2U * 785 * 16);
  EXPECT_EQ(plan->layers[2].offset, 2U * 785 * 16);
  EXPECT_EQ(plan->numbers, 2U * 785 * 16 + 21 * 16);
  EXPECT_EQ(plan->layers[2].number, 2U);
}

TEST(ModelPlan, weight_decay_leaves_out_the_line_of_biases) {
  const auto plan = plan_layer(dense(20), 0, 33).value();
  const math::Range biases = plan.undecayed_lines(0, {.norms = true});
  EXPECT_EQ(biases.begin, 33U);
  EXPECT_EQ(biases.end, 34U);
  EXPECT_EQ(plan.undecayed_lines(0, {.biases = true}).size(), 0U);
}

TEST(ModelPlan, a_model_without_layers_or_with_a_wrong_end_is_refused) {
  for (const auto& layers :
       {std::vector<LayerConfig>{}, {dense(10), dropout(0.1)}, {dense(10, "relu")}}) {
    const auto plan = plan_model(model_of(layers), 4);
    ASSERT_FALSE(plan.ok());
    EXPECT_EQ(plan.error().kind, ErrorKind::config);
    EXPECT_NE(plan.error().message.find("model.layers"), std::string::npos);
  }
}

TEST(ModelPlan, an_activation_that_does_not_exist_is_refused_with_the_nearest_name) {
  const auto plan = plan_model(model_of({dense(20, "rely"), dense(10)}), 784);
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.error().message,
            "model.layers: layer 1: there is no activation \"rely\"\n  did you mean \"relu\"?");
}

TEST(ModelPlan, sizes_that_wrap_or_fit_no_memory_are_refused) {
  const std::int64_t huge = 1'000'000'000'000;
  for (const auto& layers :
       {std::vector<LayerConfig>{dense(huge), dense(10)}, {dense(huge), dense(huge), dense(10)}}) {
    const auto plan = plan_model(model_of(layers), 784);
    ASSERT_FALSE(plan.ok());
    EXPECT_NE(plan.error().message.find("does not fit into memory"), std::string::npos);
  }
}

}  // namespace
}  // namespace forknet::nn
