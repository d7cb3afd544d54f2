// embedding by hand: which row of the table goes where, and which errors come back to it. That it
// keeps the contract of layers stands in layers_test.cc.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "math/leaf_tree.h"
#include "nn/layers/embedding/hits.h"
#include "nn/model_plan.h"
#include "nn/testing/layer_trial.h"

namespace forknet::nn::embedding_by_hand {
namespace {

// Columns 2 and 0 of three are codes, with tables of 2 and of 3 vectors of 2 numbers.
const LayerConfig kTables = embedding(2, {2, 3}, {2, 0});
constexpr double kRows[4][3] = {{2, 0.5, 1}, {0, -1, 1}, {2, 4, 0}, {1, 8, 1}};

class ByHand {
 public:
  explicit ByHand(const LayerConfig& config, math::Target target = math::Target::reference)
      : plan(*plan_layer(config, 0, 3)), trial(plan, target, 4) {
    trial.draw(1);
    for (std::size_t row = 0; row < 4; ++row) {
      for (std::size_t i = 0; i < 3; ++i) trial.inputs.view().at(row, i) = kRows[row][i];
    }
    const ParameterPlan& table = plan.parameters.front();
    for (std::size_t row = 0; row < table.rows(); ++row) {
      for (std::size_t i = 0; i < 2; ++i) {
        trial.at(table, row, i) = static_cast<double>(10 * row + i);
      }
    }
    trial.layer->forward(trial.step(), trial.whole());
  }
  [[nodiscard]] std::vector<double> outputs(std::size_t row) const {
    std::vector<double> numbers;
    for (std::size_t i = 0; i < plan.outputs; ++i)
      numbers.push_back(trial.outputs.view().at(row, i));
    return numbers;
  }
  LayerPlan plan;
  LayerTrial<double> trial;
};

TEST(Embedding, gives_the_vectors_of_its_columns_and_then_the_other_inputs) {
  const ByHand one(kTables);
  ASSERT_EQ(one.plan.outputs, 5U);
  EXPECT_EQ(one.outputs(0), (std::vector<double>{10, 11, 40, 41, 0.5}));
  EXPECT_EQ(one.outputs(1), (std::vector<double>{10, 11, 20, 21, -1}));
  EXPECT_EQ(one.outputs(2), (std::vector<double>{0, 1, 40, 41, 4}));
}

TEST(Embedding, of_one_number_of_codes_has_one_table_for_all_columns) {
  const ByHand one(embedding(2, {3}, {2, 0}));
  EXPECT_EQ(one.plan.parameters.front().rows(), 3U);
  EXPECT_EQ(one.outputs(0), (std::vector<double>{10, 11, 20, 21, 0.5}));
}

TEST(Embedding, sums_the_errors_of_the_rows_that_have_a_code) {
  for (const math::Target target : math::available_targets()) {
    ByHand one(kTables, target);
    for (std::size_t row = 0; row < 4; ++row) {
      for (std::size_t i = 0; i < 5; ++i) {
        one.trial.transposed.view().at(i, row) = static_cast<double>((row + 1) * (i + 1));
      }
    }
    one.trial.layer->take_errors(one.trial.step(), {}, false, one.trial.whole());
    one.trial.gradient(0, {0, 4}, 2, one.trial.all_of(0));
    const ParameterPlan& table = one.plan.parameters.front();
    // Rows of the table: column 2 with 0 and 1, then column 0 with 0, 1 and 2.
    const double rows_of[5] = {3, 1 + 2 + 4, 2, 4, 1 + 3};
    for (std::size_t row = 0; row < 5; ++row) {
      const double first = row < 2 ? 1 : 3;
      EXPECT_EQ(one.trial.sum_at(table, row, 0), rows_of[row] * first) << row;
      EXPECT_EQ(one.trial.sum_at(table, row, 1), rows_of[row] * (first + 1)) << row;
    }
  }
}

// As the tree adds all leaves, those without the code as +0.
std::vector<float> sum_of_all_leaves(const std::vector<Hit>& hits, std::size_t leaves,
                                     const std::vector<float>& errors) {
  std::vector<float> stack(math::kTreeDepth);
  math::add_over_leaves(
      leaves,
      [&](std::size_t leaf, std::size_t slot) {
        stack[slot] = 0;
        for (const Hit& hit : hits) {
          if (hit.leaf == leaf) stack[slot] += errors[hit.row];
        }
      },
      [&](std::size_t slot) { stack[slot] += stack[slot + 1]; });
  return {stack[0]};
}

TEST(Embedding, sums_leaves_without_the_code_have_no_part_in_have_the_bits_of_all_leaves) {
  std::mt19937 engine(20261130);
  std::normal_distribution<float> draw;
  for (std::size_t leaves = 1; leaves <= 40; ++leaves) {
    for (const unsigned every : {1U, 3U, 17U}) {
      std::vector<Hit> hits;
      std::vector<float> errors;
      for (std::size_t row = 0; row < 4 * leaves; ++row) {
        errors.push_back(engine() % 5 == 0 ? -0.0F : draw(engine));
        if (engine() % every == 0) hits.push_back({0, row / 4, row, 0});
      }
      if (hits.empty()) continue;
      alignas(64) float sum[math::kLanes] = {};
      sum_over_leaves<float>(
          std::span<const Hit>(hits), 0, leaves,
          [&](std::span<const Hit> of_leaf, float* to) {
            std::fill_n(to, math::kLanes, 0.0F);
            for (const Hit& hit : of_leaf) to[0] += errors[hit.row];
          },
          sum);
      EXPECT_TRUE(same_bits(sum[0], sum_of_all_leaves(hits, leaves, errors).front()))
          << leaves << " leaves, one of " << every;
    }
  }
}

TEST(Embedding, reads_no_row_outside_its_table_whatever_comes) {
  ByHand one(kTables);
  const double wild[4] = {-1, 1e30, std::numeric_limits<double>::quiet_NaN(), 2.75};
  for (std::size_t row = 0; row < 4; ++row) one.trial.inputs.view().at(row, 0) = wild[row];
  one.trial.layer->forward(one.trial.step(), one.trial.whole());
  EXPECT_EQ(one.outputs(0)[2], 20);
  EXPECT_EQ(one.outputs(1)[2], 20);
  EXPECT_EQ(one.outputs(2)[2], 20);
  EXPECT_EQ(one.outputs(3)[2], 40);
}

std::string refused(std::vector<LayerConfig> layers) {
  ModelConfig model;
  model.layers = std::move(layers);
  model.layers.push_back(dense(3));
  const auto plan = plan_model(model, 4);
  return plan.ok() ? "" : plan.error().message;
}

TEST(Embedding, that_does_not_fit_is_refused_with_the_shapes_so_far) {
  EXPECT_EQ(
      refused({dense(8), embedding(4)}),
      "model.layers: layer 2 (embedding) has numbers before it; expected the data's codes: an "
      "embedding is the first layer\n  shapes so far: 4 inputs, dense 8");
  EXPECT_EQ(refused({embedding(4, {3}, {1, 4})}),
            "model.layers: layer 1 (embedding): columns has 4, but the inputs are 0 to 3\n"
            "  shapes so far: 4 inputs");
  EXPECT_NE(refused({embedding(4, {3}, {1, 1})}).find("columns has 1 twice"), std::string::npos);
  EXPECT_NE(refused({embedding(4, {3, 4, 5}, {1, 2})}).find("codes has 3 numbers for 2 columns"),
            std::string::npos);
  EXPECT_NE(refused({residual({embedding(1)})}).find("layer 1.1 (embedding) has numbers before it"),
            std::string::npos);
  EXPECT_EQ(refused({embedding(4, {3}, {3, 1})}), "");
}

}  // namespace
}  // namespace forknet::nn::embedding_by_hand
