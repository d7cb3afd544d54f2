#include "data/open.h"

#include <forknet/dataset.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "data/arrays.h"
#include "data/data_files.h"
#include "data/dataset_internals.h"

namespace forknet::data {
namespace {

DataConfig xor_config() {
  DataConfig config;
  config.format = "arrays";
  config.train.input_rows = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};
  config.train.target_rows = {{0}, {1}, {1}, {0}};
  return config;
}

TEST(OpenData, inline_arrays_are_classes_or_numbers_as_the_loss_wants) {
  const Result<DataSets> classes = open_data(xor_config(), 1, true);
  ASSERT_TRUE(classes.ok()) << classes.error().message;
  EXPECT_EQ(classes->train.size(), 4U);
  EXPECT_EQ(classes->train.table->shape.classes, 2U);
  EXPECT_EQ(classes->train.table->labels()[2], 1U);
  EXPECT_FALSE(classes->test.has_value());
  const Result<DataSets> numbers = open_data(xor_config(), 1, false);
  ASSERT_TRUE(numbers.ok()) << numbers.error().message;
  EXPECT_EQ(numbers->train.table->shape.outputs, 1U);
  EXPECT_EQ(numbers->train.table->targets()[1], 1.0F);
  EXPECT_TRUE(check_targets(*numbers->train.table, 1).ok());
  expect_data_error(check_targets(*numbers->train.table, 3), "data.train.labels",
                    "1 numbers a row, but the model has 3 outputs");
}

TEST(OpenData, inline_arrays_that_make_no_sense_are_refused_with_their_row) {
  DataConfig config = xor_config();
  config.train.input_rows[2] = {1};
  expect_data_error(open_data(config, 1, true), "data.train.inputs",
                    "row 2 has 1 numbers, row 0 has 2");
  config = xor_config();
  config.train.target_rows[3] = {0.5};
  expect_data_error(open_data(config, 1, true), "data.train.labels", "row 3: 0.5 is not a class");
  config.train.target_rows[3] = {-1};
  expect_data_error(open_data(config, 1, true), "data.train.labels", "row 3: -1 is not a class");
  config.train.target_rows[3] = {1, 2};
  expect_data_error(open_data(config, 1, true), "data.train.labels", "row 3 has 2 numbers");
  config.train.target_rows.pop_back();
  expect_data_error(open_data(config, 1, true), "data.train.labels", "3 rows, but");
  config = xor_config();
  config.train.input_rows[1][1] = std::numeric_limits<double>::quiet_NaN();
  expect_data_error(open_data(config, 1, false), "data.train.inputs", "row 1, column 1: nan");
}

TEST(OpenData, shares_are_split_off_and_the_scaling_looks_at_the_rest) {
  DataConfig config = xor_config();
  config.scale = Scale::minmax;
  config.train.input_rows.clear();
  config.train.target_rows.clear();
  for (int row = 0; row < 100; ++row) {
    config.train.input_rows.push_back({static_cast<double>(row)});
    config.train.target_rows.push_back({static_cast<double>(row % 2)});
  }
  config.test.share = 0.2;
  config.validation.share = 0.1;
  const Result<DataSets> sets = open_data(config, 1, true);
  ASSERT_TRUE(sets.ok()) << sets.error().message;
  EXPECT_EQ(sets->train.size(), 70U);
  EXPECT_EQ(sets->test->size(), 20U);
  EXPECT_EQ(sets->validation->size(), 10U);
  EXPECT_EQ(sets->train.table, sets->test->table);
  EXPECT_EQ(sets->train.scaling.offset.front(), static_cast<float>(sets->train.rows.front()));
  EXPECT_EQ(sets->test->scaling.offset, sets->train.scaling.offset);
}

TEST(OpenData, files_make_train_and_test_sets_that_must_be_alike) {
  const TestFolder folder;
  DataConfig config;
  config.train = {folder.file("a", idx(8, {2, 3}, "abcdef")),
                  folder.file("b", idx(8, {2}, bytes({0, 1}))),
                  0,
                  {},
                  {}};
  config.test = {folder.file("c", idx(8, {1, 3}, "abc")),
                 folder.file("d", idx(8, {1}, bytes({1}))),
                 0,
                 {},
                 {}};
  const Result<DataSets> sets = open_data(config, 1, true);
  ASSERT_TRUE(sets.ok()) << sets.error().message;
  EXPECT_EQ(sets->train.size(), 2U);
  EXPECT_EQ(sets->test->size(), 1U);
  config.test.inputs = folder.file("c", idx(8, {1, 2, 2}, "abcd"));
  expect_data_error(open_data(config, 1, true), folder.path("c"), "rows of 2 x 2 numbers, but");
  config.test.inputs = folder.file("c", idx(13, {1, 3}, std::string(12, '\0')));
  expect_data_error(open_data(config, 1, true), folder.path("c"), "the inputs are numbers, but");
}

TEST(OpenData, sources_that_are_missing_are_config_errors) {
  DataConfig config;
  EXPECT_EQ(open_data(config, 1, true).error().kind, ErrorKind::config);
  config.train.inputs = "x";
  const Result<DataSets> sets = open_data(config, 1, true);
  EXPECT_EQ(sets.error().kind, ErrorKind::config);
  EXPECT_TRUE(contains(sets.error().message, "data.train: format \"idx\" needs both"));
}

TEST(OpenData, a_file_that_is_not_there_comes_with_what_makes_it) {
  DataConfig config;
  config.train.inputs = "no/where/train-images-idx3-ubyte.gz";
  config.train.labels = "no/where/train-labels-idx1-ubyte.gz";
  const std::string message = open_data(config, 1, true).error().message;
  EXPECT_TRUE(contains(message, "no/where/train-images-idx3-ubyte.gz: No such file")) << message;
  EXPECT_TRUE(contains(message, "\"forknet data digits no/where\" draws digits")) << message;
  config.train.inputs = "no/where.idx";
  const std::string other = open_data(config, 1, true).error().message;
  EXPECT_FALSE(contains(other, "digits")) << other;
  EXPECT_TRUE(contains(other, "relative to the folder that forknet is started in")) << other;
}

TEST(OpenData, labels_that_count_from_1_are_told_so) {
  DataConfig config;
  config.format = "arrays";
  config.train.input_rows = {{0}, {1}, {2}};
  config.train.target_rows = {{1}, {3}, {2}};
  const auto sets = open_data(config, 1, true);
  ASSERT_TRUE(sets.ok()) << sets.error().message;
  expect_data_error(
      check_labels(*sets->train.table, 3), "data.train.labels",
      "row 1: label 3, but the model has 3 outputs (labels 0..2)\n"
      "  the labels go from 1 to 3, but they are counted from 0: subtract 1 from each,\n"
      "  or give the last layer 4 units");
  expect_data_error(check_labels(*sets->train.table, 2), "data.train.labels",
                    "the labels go from 1 to 3: the last layer needs 4 units");
}

TEST(Dataset, arrays_become_rows_of_inputs_and_targets) {
  const std::vector<float> inputs = {0, 0, 0, 1, 1, 0, 1, 1};
  const std::vector<float> targets = {0, 1, 1, 0};
  const Result<Dataset> dataset = Dataset::from_arrays(inputs, 2, targets, 1);
  ASSERT_TRUE(dataset.ok()) << dataset.error().message;
  EXPECT_EQ(dataset->rows(), 4U);
  EXPECT_EQ(dataset->features(), 2U);
  EXPECT_EQ(dataset->outputs(), 1U);
  EXPECT_EQ(dataset->classes(), 0U);
  const Dataset copy = *dataset;
  EXPECT_EQ(DatasetInternals::table(copy), DatasetInternals::table(*dataset));
}

TEST(Dataset, labels_make_classes) {
  const std::vector<float> inputs = {0, 1, 2};
  const std::vector<std::uint32_t> labels = {0, 4, 1};
  EXPECT_EQ(Dataset::from_classes(inputs, 1, labels)->outputs(), 5U);
  EXPECT_EQ(Dataset::from_classes(inputs, 1, labels, 10)->classes(), 10U);
  expect_data_error(Dataset::from_classes(inputs, 1, labels, 3), "labels",
                    "row 1: label 4, but the model has 3 outputs (labels 0..2)");
}

TEST(Dataset, arrays_whose_sizes_do_not_fit_are_refused) {
  const std::vector<float> five = {0, 1, 2, 3, 4};
  const std::vector<float> two = {0, 1};
  const std::vector<std::uint32_t> labels = {0, 1};
  const std::vector<float> nan = {0, std::numeric_limits<float>::quiet_NaN()};
  expect_data_error(Dataset::from_arrays(five, 2, two, 1), "inputs",
                    "5 numbers are no whole rows of 2");
  expect_data_error(Dataset::from_arrays(five, 1, two, 1), "targets", "2 rows, but there are 5");
  expect_data_error(Dataset::from_arrays(five, 0, two, 1), "inputs", "rows without numbers");
  expect_data_error(Dataset::from_arrays(two, 1, two, 0), "targets", "rows without numbers");
  expect_data_error(Dataset::from_arrays({}, 1, {}, 1), "inputs", "no rows");
  expect_data_error(Dataset::from_arrays(nan, 1, two, 1), "inputs", "row 1, column 0: nan");
  expect_data_error(Dataset::from_classes(five, 1, labels), "labels", "2 labels, but there are 5");
}

TEST(Dataset, idx_files_are_read) {
  const TestFolder folder;
  const Result<Dataset> dataset = Dataset::from_idx(folder.file("a", idx(8, {2, 3}, "abcdef")),
                                                    folder.file("b", idx(8, {2}, bytes({0, 1}))));
  ASSERT_TRUE(dataset.ok()) << dataset.error().message;
  EXPECT_EQ(dataset->features(), 3U);
  EXPECT_EQ(dataset->classes(), 2U);
}

TEST(Arrays, rows_of_weight_zero_are_left_out_and_others_keep_their_weights) {
  const std::vector<float> inputs = {1, 2, 3, 4, 5, 6};
  const std::vector<float> targets = {7, 8, 9};
  const std::vector<std::uint32_t> labels = {0, 2, 1};
  const std::vector<float> weights = {0.5F, 0, 3};
  const TablePointer numbers = *table_from_arrays(inputs, 2, targets, 1, weights);
  ASSERT_EQ(numbers->shape.rows, 2U);
  EXPECT_EQ(numbers->f32_row(1)[0], 5.0F);
  EXPECT_EQ(numbers->targets()[1], 9.0F);
  EXPECT_EQ(numbers->sample_weights()[0], 0.5F);
  EXPECT_EQ(numbers->sample_weights()[1], 3.0F);
  const TablePointer classes = *table_from_classes(inputs, 2, labels, 3, weights);
  EXPECT_EQ(classes->labels()[1], 1U);
  EXPECT_EQ(classes->sample_weights()[1], 3.0F);
  EXPECT_TRUE((*table_from_arrays(inputs, 2, targets, 1))->sample_weights().empty());
}

TEST(Arrays, a_label_out_of_range_has_the_row_number_of_the_caller) {
  const std::vector<float> inputs(5);
  const std::vector<float> weights = {0, 1, 0, 2, 1};
  const std::vector<std::uint32_t> labels = {9, 1, 0, 4, 2};
  expect_data_error(table_from_classes(inputs, 1, labels, 4, weights), "labels",
                    "row 3: label 4, but the model has 4 outputs (labels 0..3)\n"
                    "  the labels go from 1 to 4, but they are counted from 0");
  const Result<TablePointer> fits = table_from_classes(inputs, 1, labels, 5, weights);
  ASSERT_TRUE(fits.ok()) << "a label of weight 0 may be anything: " << fits.error().message;
  EXPECT_EQ((*fits)->shape.rows, 3U);
  EXPECT_EQ((*table_from_classes(inputs, 1, labels, 0, weights))->shape.classes, 5U);
}

TEST(Arrays, weights_that_are_none_are_refused) {
  const std::vector<float> inputs = {1, 2, 3};
  const std::vector<std::uint32_t> labels = {0, 1, 0};
  const auto refused = [&](const std::vector<float>& weights, const std::string& part) {
    expect_data_error(table_from_classes(inputs, 1, labels, 2, weights), "sample_weights", part);
    expect_data_error(table_from_arrays(inputs, 1, inputs, 1, weights), "sample_weights", part);
  };
  refused({1, 2}, "2 weights, but there are 3 rows of inputs");
  refused({1, -2, 1}, "row 1: -2; a weight is a finite number of at least 0");
  refused({1, 1, std::numeric_limits<float>::infinity()}, "row 2: inf");
  refused({0, 0, 0}, "every row has the weight 0");
}

DataSource weighted_rows() {
  DataSource source;
  source.input_rows = {{1, 0.5, 2}, {3, 0, 4}, {5, 3, 6}};
  source.target_rows = {{0}, {7}, {1}};
  return source;
}

TEST(Arrays, a_column_of_rows_in_a_config_has_their_weights) {
  for (const std::int64_t column : {1, -2}) {
    const auto table = table_from_rows(weighted_rows(), true, "data.train", column);
    ASSERT_TRUE(table.ok()) << table.error().message;
    EXPECT_EQ((*table)->shape.rows, 2U);
    EXPECT_EQ((*table)->shape.features, 2U);
    EXPECT_EQ((*table)->shape.classes, 2U);
    EXPECT_EQ((*table)->f32_row(1)[1], 6.0F);
    EXPECT_EQ((*table)->sample_weights()[0], 0.5F);
    EXPECT_EQ((*table)->sample_weights()[1], 3.0F);
  }
  const auto numbers = table_from_rows(weighted_rows(), false, "data.train", 1);
  ASSERT_TRUE(numbers.ok()) << numbers.error().message;
  EXPECT_EQ((*numbers)->targets()[1], 1.0F);
}

TEST(Arrays, a_column_of_a_config_that_has_no_weights_is_refused) {
  const auto refused = [](const DataSource& source, std::int64_t column, const std::string& part) {
    expect_data_error(table_from_rows(source, true, "data.train", column), "data.train.inputs",
                      part);
  };
  refused(weighted_rows(), 3,
          "data.weight = 3 names no column of weights beside inputs: a row has 3");
  refused(weighted_rows(), -4, "data.weight = -4 names no column");
  DataSource source = weighted_rows();
  source.input_rows[2][1] = -1;
  refused(source, 1, "data.weight = 1: row 2: -1; a weight is a finite number of at least 0");
  source.input_rows = {{1, 0}, {2, 0}, {3, 0}};
  refused(source, -1, "every row has the weight 0");
  source.input_rows = {{1}, {2}, {3}};
  refused(source, 0, "data.weight = 0 names no column of weights beside inputs: a row has 1");
}

TEST(OpenData, a_name_of_weights_is_a_config_error_for_rows_in_the_config) {
  DataConfig config;
  config.format = "arrays";
  config.train = weighted_rows();
  config.table.weight = {"w"};
  const auto sets = open_data(config, 1, true);
  ASSERT_FALSE(sets.ok());
  EXPECT_EQ(sets.error().kind, ErrorKind::config);
  config.table.weight = {std::int64_t{1}};
  const auto weighted = open_data(config, 1, true);
  ASSERT_TRUE(weighted.ok()) << weighted.error().message;
  EXPECT_TRUE(contains(weighted->warnings.at(0),
                       "data.train: 1 rows have the weight 0 and are left out; 2 stay"));
}

}  // namespace
}  // namespace forknet::data
