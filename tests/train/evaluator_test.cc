#include "train/evaluator.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nn/parameters.h"
#include "small_runs.h"
#include "train/model/model_evaluation.h"
#include "train/model/model_state.h"

namespace forknet::run {
namespace {

// One dense layer of these numbers: weight (out, in), bias (out).
Model linear_model(const std::string& loss, std::size_t inputs, const std::vector<float>& weight,
                   const std::vector<float>& bias, const data::Scaling& targets = {}) {
  ModelConfig config;
  config.layers = {dense(static_cast<std::int64_t>(bias.size()))};
  config.loss = loss;
  auto plan = nn::plan_model(config, inputs).value();
  auto weights = store::Weights<float>::create(plan.numbers, 0).value();
  nn::pack_parameter<float>(plan.layers[0], plan.layers[0].parameters[0], weight,
                            weights.parameters());
  nn::pack_parameter<float>(plan.layers[0], plan.layers[0].parameters[1], bias,
                            weights.parameters());
  return ModelInternals::model(std::shared_ptr<const ModelState>(
      new ModelState{config, std::move(plan), {}, std::move(weights), {}, targets}));
}

TEST(Evaluator, errors_of_a_regression_by_hand) {
  // y = 2 a - b + 1 gives 2, 5, 0.
  const Model model = linear_model("mse", 2, {2, -1}, {1});
  const std::vector<float> inputs = {1, 1, 3, 2, 0, 1};
  const std::vector<float> targets = {1, 5, 2};
  const auto data = Dataset::from_arrays(inputs, 2, targets, 1).value();
  const Evaluation evaluation = model.evaluate(data).value();
  // Errors 1, 0, -2: squares add to 5. Targets have mean 8/3 and squared deviations of 26/3.
  EXPECT_EQ(evaluation.rows, 3U);
  EXPECT_DOUBLE_EQ(*evaluation.rmse, std::sqrt(5.0 / 3));
  EXPECT_DOUBLE_EQ(*evaluation.mae, 1.0);
  EXPECT_NEAR(*evaluation.r2, 1 - 5.0 / (26.0 / 3), 1e-15);
  EXPECT_NEAR(evaluation.loss, 5.0 / 3, 1e-6);
  EXPECT_FALSE(evaluation.accuracy.has_value());
}

TEST(Evaluator, errors_count_over_all_outputs) {
  const Model model = linear_model("mse", 1, {1, 10}, {0, 0});
  const std::vector<float> inputs = {1, 2};
  const std::vector<float> targets = {0, 10, 2, 17};
  const Evaluation evaluation =
      model.evaluate(Dataset::from_arrays(inputs, 1, targets, 2).value()).value();
  EXPECT_DOUBLE_EQ(*evaluation.mae, (1.0 + 0 + 0 + 3) / 4);
  EXPECT_DOUBLE_EQ(*evaluation.rmse, std::sqrt((1.0 + 9) / 4));
}

TEST(Evaluator, errors_of_rates_and_probabilities_are_those_of_predictions) {
  const Model rates = linear_model("poisson", 1, {1}, {0});
  const std::vector<float> inputs = {0, 0.6931471805599453F};
  const std::vector<float> counts = {1, 4};
  const Evaluation of_rates =
      rates.evaluate(Dataset::from_arrays(inputs, 1, counts, 1).value()).value();
  EXPECT_NEAR(*of_rates.mae, (0.0 + 2) / 2, 1e-6);  // rates 1 and 2
  EXPECT_NEAR(of_rates.loss, (1 + 2 - 4 * std::log(2.0)) / 2, 1e-6);

  const Model shares = linear_model("binary_cross_entropy", 1, {1}, {0});
  const std::vector<float> bits = {1, 0};
  const Evaluation of_shares =
      shares.evaluate(Dataset::from_arrays(inputs, 1, bits, 1).value()).value();
  EXPECT_NEAR(*of_shares.mae, (1.0 / 2 + 2.0 / 3) / 2, 1e-6);  // probabilities 1/2 and 2/3
  EXPECT_NEAR(of_shares.loss, (std::log(2.0) + std::log(3.0)) / 2, 1e-6);
}

TEST(Evaluator, targets_that_a_loss_does_not_take_are_refused) {
  const Model model = linear_model("poisson", 1, {1}, {0});
  const std::vector<float> inputs = {0, 1};
  const std::vector<float> counts = {1, -4};
  const auto refused = model.evaluate(Dataset::from_arrays(inputs, 1, counts, 1).value());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::data);
  EXPECT_NE(refused.error().message.find("row 2 of the data has the target -4"), std::string::npos)
      << refused.error().message;
}

TEST(Evaluator, targets_that_do_not_differ_have_no_r2) {
  const Model model = linear_model("mse", 1, {1}, {0});
  const std::vector<float> inputs = {1, 2};
  const std::vector<float> targets = {5, 5};
  const Evaluation evaluation =
      model.evaluate(Dataset::from_arrays(inputs, 1, targets, 1).value()).value();
  EXPECT_FALSE(evaluation.r2.has_value());
  EXPECT_TRUE(evaluation.rmse.has_value());
}

// Scaled targets have more digits than fp32: their products with weights round.
TEST(Evaluator, weighted_targets_that_do_not_differ_have_no_r2) {
  const Model model = linear_model("mse", 1, {1}, {0}, {{3}, {0.37F}});
  const std::vector<float> inputs = {1, 2, 3};
  for (int tenths = 1; tenths <= 40; ++tenths) {
    const std::vector<float> weights = {0.1F * static_cast<float>(tenths), 1, 3};
    const auto r2_of = [&](const std::vector<float>& targets) {
      const auto data = Dataset::from_arrays(inputs, 1, targets, 1, weights).value();
      return model.evaluate(data).value().r2;
    };
    EXPECT_FALSE(r2_of({12.7F, 12.7F, 12.7F}).has_value()) << weights[0];
    EXPECT_TRUE(r2_of({12.7F, 12.7F, 12.8F}).has_value()) << weights[0];
  }
}

TEST(Evaluator, loss_and_accuracy_of_classes_by_hand) {
  // Logits (a, 0): the probability of class 0 is sigmoid(a).
  const Model model = linear_model("softmax_cross_entropy", 1, {1, 0}, {0, 0});
  const std::vector<float> inputs = {2, -1, 3};
  const std::vector<std::uint32_t> labels = {0, 1, 1};
  const auto data = Dataset::from_classes(inputs, 1, labels, 2).value();
  const Evaluation evaluation = model.evaluate(data).value();
  const double loss =
      std::log1p(std::exp(-2.0)) + std::log1p(std::exp(-1.0)) + std::log1p(std::exp(3.0));
  EXPECT_NEAR(evaluation.loss, loss / 3, 1e-6);
  EXPECT_DOUBLE_EQ(*evaluation.accuracy, 2.0 / 3);
  const std::vector<float> outputs = model.predict(inputs).value();
  ASSERT_EQ(outputs.size(), 6U);
  EXPECT_NEAR(outputs[0], 1 / (1 + std::exp(-2.0)), 1e-6);
  EXPECT_NEAR(outputs[0] + outputs[1], 1, 1e-6);
}

TEST(Evaluator, a_model_is_evaluated_by_all_metrics_that_its_rows_have) {
  const Model model = linear_model("softmax_cross_entropy", 1, {1, 0}, {0, 0});
  const std::vector<float> inputs = {2, -1, 3};
  const std::vector<std::uint32_t> labels = {0, 1, 1};
  const auto data = Dataset::from_classes(inputs, 1, labels, 2).value();
  const ModelEvaluation whole = evaluate_model(model, data).value();
  std::string names;
  for (const auto& [name, value] : whole.evaluation.others.all()) names += std::string(name) + " ";
  EXPECT_EQ(names, "precision recall f1 roc_auc log_loss ");
  // Class 0: predicted twice, once right; class 1: predicted once, and right.
  EXPECT_DOUBLE_EQ(whole.evaluation.value("precision").value(), 0.75);
  EXPECT_DOUBLE_EQ(whole.evaluation.value("recall").value(), 0.75);
  EXPECT_DOUBLE_EQ(whole.evaluation.value("roc_auc").value(), 0.5);
  EXPECT_NEAR(whole.evaluation.value("log_loss").value(), whole.evaluation.loss, 1e-6);
  ASSERT_TRUE(whole.classes.has_value());
  EXPECT_EQ(whole.classes->counts(), (nn::ClassTable::Counts{{1, 0}, {1, 1}}));
  EXPECT_EQ(model.evaluate(data)->value("f1"), whole.evaluation.value("f1"));
}

TEST(Evaluator, a_loss_of_a_quantile_is_evaluated_at_it_in_units_of_the_targets) {
  const Model model = linear_model("quantile", 1, {1}, {0}, {{10}, {0.5F}});  // v = x / 0.5 + 10
  const std::vector<float> inputs = {1, 2};
  const std::vector<float> targets = {10, 18};  // predictions 12, 14
  const Evaluation evaluation =
      model.evaluate(Dataset::from_arrays(inputs, 1, targets, 1).value()).value();
  EXPECT_NEAR(evaluation.value("pinball").value(), (0.5 * 2 + 0.5 * 4) / 2, 1e-6);
  EXPECT_FALSE(evaluation.value("roc_auc").has_value());
}

TEST(Evaluator, one_probability_has_an_area_under_its_curve) {
  const Model model = linear_model("binary_cross_entropy", 1, {1}, {0});
  const std::vector<float> inputs = {3, 1, 2, -1};
  const std::vector<float> flags = {1, 1, 0, 0};
  const auto data = Dataset::from_arrays(inputs, 1, flags, 1).value();
  const ModelEvaluation whole = evaluate_model(model, data).value();
  EXPECT_DOUBLE_EQ(whole.evaluation.value("roc_auc").value(), 0.75);
  EXPECT_FALSE(whole.classes.has_value());
}

// Weights are equivalent to repeated rows.
void expect_same(const Evaluation& weighed, const Evaluation& often) {
  EXPECT_NEAR(weighed.loss, often.loss, 1e-6);
  EXPECT_EQ(weighed.accuracy.has_value(), often.accuracy.has_value());
  EXPECT_NEAR(weighed.accuracy.value_or(0), often.accuracy.value_or(0), 1e-7);
  EXPECT_EQ(weighed.r2.has_value(), often.r2.has_value());
  if (!weighed.r2) return;
  EXPECT_NEAR(*weighed.rmse, *often.rmse, 1e-7);
  EXPECT_NEAR(*weighed.mae, *often.mae, 1e-7);
  EXPECT_NEAR(*weighed.r2, *often.r2, 1e-7);
}

TEST(Evaluator, figures_are_means_weighted_by_what_the_rows_count) {
  const std::vector<float> inputs = {2, -1, 3, 50};
  const std::vector<float> weights = {1, 2, 0.5F, 0};
  const std::vector<float> often = {2, 2, -1, -1, -1, -1, 3};
  const Model classes = linear_model("softmax_cross_entropy", 1, {1, 0}, {0, 0});
  const Model squares = linear_model("mse", 1, {1, 0.5F}, {0, 1});
  const Model numbers = linear_model("mse", 1, {0.5F}, {1});
  const std::vector<std::uint32_t> labels = {0, 1, 1, 0};
  const std::vector<std::uint32_t> often_labels = {0, 0, 1, 1, 1, 1, 1};
  const auto weighed = Dataset::from_classes(inputs, 1, labels, 2, weights).value();
  const auto copies = Dataset::from_classes(often, 1, often_labels, 2).value();
  for (const Model& model : {classes, squares}) {
    const Evaluation evaluation = model.evaluate(weighed).value();
    expect_same(evaluation, model.evaluate(copies).value());
    EXPECT_EQ(evaluation.rows, 3U);
    EXPECT_TRUE(evaluation.accuracy.has_value());
  }
  const std::vector<float> targets = {1, 5, 2, 9};
  const std::vector<float> often_targets = {1, 1, 5, 5, 5, 5, 2};
  expect_same(
      numbers.evaluate(Dataset::from_arrays(inputs, 1, targets, 1, weights).value()).value(),
      numbers.evaluate(Dataset::from_arrays(often, 1, often_targets, 1).value()).value());
}

TEST(Evaluator, mse_on_classes_has_an_accuracy_besides) {
  // Outputs (a, 1): 2 and 3 are of class 0, -1 of class 1; 1 ties, and the first counts.
  const Model model = linear_model("mse", 1, {1, 0}, {0, 1});
  const std::vector<float> inputs = {2, -1, 3, 1};
  const std::vector<std::uint32_t> labels = {0, 1, 1, 0};
  const Evaluation evaluation =
      model.evaluate(Dataset::from_classes(inputs, 1, labels, 2).value()).value();
  ASSERT_TRUE(evaluation.accuracy.has_value());
  EXPECT_DOUBLE_EQ(*evaluation.accuracy, 3.0 / 4);
  // Errors against (1, 0), (0, 1), (0, 1), (1, 0): 1 1, -1 0, 3 0, 0 1.
  EXPECT_DOUBLE_EQ(*evaluation.rmse, std::sqrt(13.0 / 8));
}

TEST(Evaluator, mse_on_one_output_has_no_accuracy) {
  const Model model = linear_model("mse", 1, {1}, {0});
  const std::vector<float> inputs = {0, 1};
  const std::vector<std::uint32_t> labels = {0, 0};
  const auto evaluation = model.evaluate(Dataset::from_classes(inputs, 1, labels, 1).value());
  EXPECT_FALSE(evaluation.ok() && evaluation->accuracy.has_value());
}

TEST(Evaluator, a_row_whose_output_is_no_number_is_not_correct) {
  const Model model = linear_model("mse", 1, {1, 0}, {NAN, 1});
  const std::vector<float> inputs = {0};
  const std::vector<std::uint32_t> labels = {0};
  const auto evaluation = model.evaluate(Dataset::from_classes(inputs, 1, labels, 2).value());
  ASSERT_TRUE(evaluation.ok()) << evaluation.error().message;
  EXPECT_DOUBLE_EQ(evaluation->accuracy.value_or(-1), 0.0);
}

TEST(Evaluator, a_row_is_predicted_the_same_in_every_company) {
  for (const Precision precision : {Precision::fp32, Precision::fp64}) {
    Config config = small_config();
    config.numerics.precision = precision;
    const Model model = trained(config).model;
    const DataSource rows = clouds(kEvaluationRows + 45, 0, 9);
    std::vector<float> inputs;
    for (const auto& row : rows.input_rows) inputs.insert(inputs.end(), row.begin(), row.end());
    const std::vector<float> together = model.predict(inputs).value();
    std::vector<float> alone;
    for (std::size_t at = 0; at < inputs.size(); at += kFeatures) {
      const auto one = model.predict(std::span(inputs).subspan(at, kFeatures)).value();
      alone.insert(alone.end(), one.begin(), one.end());
    }
    EXPECT_EQ(alone, together);
    EXPECT_EQ(model.predict(dataset_of(rows)).value(), together);
  }
}

TEST(Evaluator, dropout_is_for_training_only) {
  Config config = small_config();
  const Model model = trained(config).model;
  const Dataset data = dataset_of(clouds(64));
  EXPECT_EQ(*model.predict(data), *model.predict(data));
}

TEST(Evaluator, data_that_does_not_fit_is_refused) {
  const Model model = trained(small_config()).model;
  const std::vector<float> few = {1, 2, 3};
  EXPECT_EQ(model.predict(few).error().kind, ErrorKind::data);
  EXPECT_EQ(model.predict(std::span<const float>()).error().kind, ErrorKind::data);
  const std::vector<std::uint32_t> labels = {0};
  const auto narrow = Dataset::from_classes(few, 3, labels, 3).value();
  EXPECT_EQ(model.predict(narrow).error().kind, ErrorKind::data);
  EXPECT_EQ(model.evaluate(narrow).error().kind, ErrorKind::data);
  const std::vector<float> row(kFeatures, 0.0F);
  const std::vector<std::uint32_t> strange = {7};
  const auto unknown_class = Dataset::from_classes(row, kFeatures, strange, 8).value();
  EXPECT_EQ(model.evaluate(unknown_class).error().kind, ErrorKind::data);
}

TEST(Evaluator, a_stop_ends_an_evaluation) {
  const Config config = small_config();
  const Prepared prepared = std::move(prepare(config)).value();
  auto evaluator = Evaluator<float>::create(prepared.plan, prepared.target).value();
  const auto weights = store::Weights<float>::create(prepared.plan.numbers, 0).value();
  const auto stopped =
      evaluator.evaluate(weights.parameters(), prepared.data.train, [] { return true; });
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().kind, ErrorKind::stopped);
}

}  // namespace
}  // namespace forknet::run
