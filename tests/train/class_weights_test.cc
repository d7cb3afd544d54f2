// model.class_weight: what the weights are, and that they count as weights of rows do.
#include "train/class_weights.h"

#include <gtest/gtest.h>

#include "data/dataset_internals.h"
#include "small_runs.h"

namespace forknet::run {
namespace {

using Kind = ClassWeight::Kind;

data::DataSets sets_of(const Dataset& data, std::vector<std::uint32_t> rows = {}) {
  data::DataSets sets;
  sets.train = {DatasetInternals::table(data), std::move(rows), {}};
  return sets;
}

Dataset six_rows() {
  const std::vector<float> inputs(6);
  const std::vector<std::uint32_t> labels = {0, 0, 0, 1, 3, 3};
  return Dataset::from_classes(inputs, 1, labels, 4).value();
}

TEST(ClassWeights, balanced_are_those_of_scikit_learn) {
  // compute_class_weight("balanced", classes=[0, 1, 3], y=[0, 0, 0, 1, 3, 3])
  EXPECT_EQ(class_weights({Kind::balanced}, sets_of(six_rows()), 4).value(),
            (std::vector<double>{6.0 / 9, 6.0 / 3, 1, 6.0 / 6}));
  EXPECT_EQ(class_weights({Kind::balanced}, sets_of(six_rows(), {0, 3, 5}), 5).value(),
            (std::vector<double>{1, 1, 1, 1, 1}))
      << "training rows alone";
  EXPECT_TRUE(class_weights({}, sets_of(six_rows()), 4)->empty());
}

TEST(ClassWeights, of_a_table_are_found_by_number_or_name) {
  const ClassWeight by_number = {Kind::table, {{"3", 2.5}, {"0", 0.5}}};
  EXPECT_EQ(class_weights(by_number, sets_of(six_rows()), 4).value(),
            (std::vector<double>{0.5, 1, 1, 2.5}));
  data::DataSets sets = sets_of(six_rows());
  data::Preparation preparation;
  preparation.classes = {"low", "mid", "high", "top"};
  sets.preparation = std::make_shared<const data::Preparation>(preparation);
  EXPECT_EQ(class_weights({Kind::table, {{"mid", 3}}}, sets, 4).value(),
            (std::vector<double>{1, 3, 1, 1}));
  const auto unknown = class_weights({Kind::table, {{"hihg", 3}}}, sets, 4);
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().kind, ErrorKind::config);
  EXPECT_EQ(unknown.error().message,
            "model.class_weight: no class is named \"hihg\"\n"
            "  the 4 classes: \"low\", \"mid\", \"high\", \"top\"; did you mean \"high\"?");
}

TEST(ClassWeights, of_numbers_are_refused) {
  const std::vector<float> inputs(2);
  const auto data = Dataset::from_arrays(inputs, 1, inputs, 1).value();
  const auto refused = class_weights({Kind::balanced}, sets_of(data), 1);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::config);
}

// The clouds of small_config(), each row with this weight for its class; none: without weights.
Dataset weighed(const std::vector<float>& by_class, std::size_t each = 1) {
  const DataSource source = clouds(201, 0.1);
  std::vector<float> inputs;
  std::vector<std::uint32_t> labels;
  std::vector<float> weights;
  for (std::size_t row = 0; row < source.input_rows.size(); ++row) {
    const auto label = static_cast<std::uint32_t>(source.target_rows[row][0]);
    for (std::size_t i = 0; i < (label == 2 ? each : 1); ++i) {
      for (const double number : source.input_rows[row])
        inputs.push_back(static_cast<float>(number));
      labels.push_back(label);
      if (!by_class.empty()) weights.push_back(by_class[label] * (row % 2 == 0 ? 1.0F : 0.5F));
    }
  }
  return Dataset::from_classes(inputs, kFeatures, labels, kClasses, weights).value();
}

Config without_rows() {
  Config config = small_config();
  config.data.train = {};
  config.data.scale = Scale::none;  // fitted by the weights of rows
  return config;
}

TEST(ClassWeights, count_as_weights_of_the_rows_times_their_own) {
  for (const char* loss : {"softmax_cross_entropy", "mse"}) {
    Config config = without_rows();
    config.model.loss = loss;
    const TrainResult by_row = train(config, weighed({0.5, 1, 4})).value();
    config.model.class_weight = {Kind::table, {{"0", 0.5}, {"2", 4}}};
    const TrainResult by_class = train(config, weighed({1, 1, 1})).value();
    EXPECT_EQ(by_class.weights_digest, by_row.weights_digest) << loss;
    EXPECT_EQ(by_class.train.loss, by_row.train.loss);
    EXPECT_EQ(by_class.constant_loss, by_row.constant_loss);
    EXPECT_NE(by_class.validation->loss, by_row.validation->loss)
        << "rows that are not trained on have no weights of classes";
    config.model.class_weight = {};
    EXPECT_NE(train(config, weighed({1, 1, 1}))->weights_digest, by_row.weights_digest);
  }
}

TEST(ClassWeights, of_two_are_the_rows_twice_to_rounding) {
  Config config = without_rows();
  config.data.validation.share = 0;
  config.model.layers = {dense(9, "tanh"), dense(kClasses)};
  config.optimizer = sgd(0.5);
  config.train.batch = 100000;
  config.numerics.precision = Precision::fp64;
  const Dataset twice = weighed({}, 2);
  const std::vector<float> expected = train(config, twice)->model.predict(twice).value();
  config.model.class_weight = {Kind::table, {{"2", 2}}};
  const std::vector<float> outputs = train(config, weighed({}))->model.predict(twice).value();
  ASSERT_EQ(outputs.size(), expected.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) EXPECT_NEAR(outputs[i], expected[i], 1e-6);
  config.model.class_weight = {};
  EXPECT_NE(train(config, weighed({}))->model.predict(twice).value(), outputs);
}

}  // namespace
}  // namespace forknet::run
