// Residual blocks in the plan: what stands where, which cuts are possible, and what is refused.
// What they compute stands in tests/cell/network_test.cc and residual_steps_test.cc.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "nn/layer.h"
#include "nn/model_plan.h"
#include "nn/slices.h"

namespace forknet::nn::residual_plans {
namespace {

ModelConfig model_of(std::vector<LayerConfig> layers) {
  ModelConfig model;
  model.layers = std::move(layers);
  return model;
}

std::vector<std::string> names_of(const ModelPlan& plan) {
  std::vector<std::string> names;
  for (const LayerPlan& layer : plan.layers) names.emplace_back(layer.kind->name());
  return names;
}

TEST(Residual, is_two_layers_of_the_plan_with_its_list_between_them) {
  const auto plan =
      plan_model(
          model_of({dense(8), residual({dense(5), residual({dropout(0.1)}), dense(8)}), dense(3)}),
          4)
          .value();
  const std::vector<std::string> expected = {"dense",    "residual",     "dense",
                                             "residual", "dropout",      "residual_sum",
                                             "dense",    "residual_sum", "dense"};
  EXPECT_EQ(names_of(plan), expected);
  for (std::size_t i = 0; i < plan.layers.size(); ++i) EXPECT_EQ(plan.layers[i].number, i);
  EXPECT_EQ(plan.layers[1].partner, 7U);
  EXPECT_EQ(plan.layers[7].partner, 1U);
  EXPECT_EQ(plan.layers[3].partner, 5U);
  EXPECT_EQ(plan.layers[2].partner, std::nullopt);
  EXPECT_EQ(plan.layers[6].inputs, 5U);
}

TEST(Residual, has_places_for_names_and_for_messages) {
  const auto plan =
      plan_model(model_of({dense(8), residual({residual({dense(8)}), dense(8)}), dense(3)}), 4)
          .value();
  EXPECT_EQ(plan.layers[3].path, "1.layers.0.layers.0");
  EXPECT_EQ(place_of(plan.layers[3]), "2.1.1");
  EXPECT_EQ(plan.layers[5].path, "1.layers.1");
  EXPECT_EQ(plan.layers.back().path, "2");
  EXPECT_EQ(place_of(plan.layers.back()), "3");
}

TEST(Residual, is_not_cut_by_stages) {
  const auto plan = plan_model(model_of({dense(8), residual({dense(8), dense(8)}), dropout(0.1),
                                         residual({layer_norm(), dense(8)}), dense(3)}),
                               4)
                        .value();
  EXPECT_EQ(stage_starts(plan), (std::vector<std::size_t>{0, 1, 6, 10}));
}

TEST(Residual, first_without_parameters_is_a_stage_with_the_layer_above) {
  const auto plan =
      plan_model(model_of({residual({dropout(0.1)}), dense(8), residual({dense(8)}), dense(3)}), 4)
          .value();
  EXPECT_EQ(stage_starts(plan), (std::vector<std::size_t>{0, 4, 7}));
}

TEST(Residual, of_other_outputs_than_inputs_is_refused_with_the_shapes_so_far) {
  const auto plan = plan_model(
      model_of({dense(8, "relu"), residual({dense(5), residual({dense(6)})}), dense(3)}), 4);
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.error().kind, ErrorKind::config);
  EXPECT_EQ(plan.error().message,
            "model.layers: layer 2.2 adds the outputs of its layers to its inputs: 6 numbers to 5\n"
            "  shapes so far: 4 inputs, dense 8, residual 8, dense 5, residual 5, dense 6");
}

TEST(Residual, of_no_layers_is_refused_and_so_is_a_list_elsewhere) {
  EXPECT_EQ(plan_model(model_of({residual({}), dense(3)}), 4).error().kind, ErrorKind::config);
  LayerConfig holds = dense(4);
  holds.layers = {dense(4)};
  EXPECT_EQ(plan_model(model_of({holds, dense(3)}), 4).error().kind, ErrorKind::config);
}

TEST(Residual, cannot_end_a_model) {
  EXPECT_EQ(plan_model(model_of({residual({dense(4)})}), 4).error().kind, ErrorKind::config);
}

}  // namespace
}  // namespace forknet::nn::residual_plans
