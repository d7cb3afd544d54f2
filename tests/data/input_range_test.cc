#include "data/input_range.h"

#include <gtest/gtest.h>

#include <vector>

#include "data/arrays.h"
#include "data/data_files.h"
#include "data/idx.h"
#include "data/open.h"

namespace forknet::data {
namespace {

// Rows of two inputs: value(row) and ten times that.
TablePointer ramp(std::size_t rows, float first, float last) {
  std::vector<float> inputs;
  for (std::size_t row = 0; row < rows; ++row) {
    const float value =
        first + (last - first) * static_cast<float>(row) / static_cast<float>(rows - 1);
    inputs.push_back(value);
    inputs.push_back(10 * value);
  }
  return table_from_arrays(inputs, 2, std::vector<float>(rows), 1).value();
}

std::string warned(const InputRange& trained, const TablePointer& table) {
  return range_warning(trained, *table).value_or("");
}

Scaling apart() { return {{0, 0}, {1, 1}}; }

TEST(InputRange, it_is_of_the_rows_of_the_view_alone) {
  const View view{ramp(11, 0, 1), {2, 5}, apart()};
  const InputRange range = input_range(view);
  EXPECT_EQ(range.element, Element::f32);
  EXPECT_EQ(range.low, (std::vector<float>{0.2F, 2}));
  EXPECT_EQ(range.high, (std::vector<float>{0.5F, 5}));
  const InputRange together = input_range({ramp(11, 0, 1), {}, {}});
  EXPECT_EQ(together.low, std::vector<float>{0});
  EXPECT_EQ(together.high, std::vector<float>{10});
}

TEST(InputRange, rows_in_other_units_are_warned_of_in_both_directions) {
  const InputRange trained = input_range({ramp(50, 0, 25.5F), {}, {}});  // 0 to 255
  EXPECT_EQ(warned(trained, ramp(50, 0, 25.5F)), "");
  EXPECT_EQ(warned(trained, ramp(50, 1, 20)), "");
  EXPECT_EQ(warned(trained, ramp(50, -10, 40)), "");  // within a width beyond
  EXPECT_TRUE(contains(warned(trained, ramp(50, 0, 0.1F)), "numbers from 0 to 1, but"));
  EXPECT_TRUE(contains(warned(trained, ramp(50, 0, 0.1F)), "trained on numbers from 0 to 255"));
  EXPECT_TRUE(contains(warned(trained, ramp(50, 0, 60)), "numbers from 0 to 600"));
  EXPECT_TRUE(contains(warned(trained, ramp(50, -30, 1)), "numbers from -300 to 10"));
}

TEST(InputRange, few_numbers_in_a_small_range_are_no_reason_to_warn) {
  const InputRange trained = input_range({ramp(50, 0, 25.5F), {}, {}});
  EXPECT_EQ(warned(trained, ramp(5, 0, 0.1F)), "");
}

TEST(InputRange, inputs_that_are_scaled_apart_are_compared_one_by_one) {
  const InputRange trained = input_range({ramp(50, 0, 1), {}, apart()});
  EXPECT_EQ(warned(trained, ramp(50, 0, 1)), "");
  EXPECT_EQ(warned(trained, ramp(50, 0, 0.01F)), "");  // a column may be nearly constant
  const std::string far = warned(trained, ramp(50, 5, 6));
  EXPECT_TRUE(contains(far, "input 0 is 5 to 6")) << far;
  EXPECT_TRUE(contains(far, "trained on 0 to 1 (2 of 2 inputs differ like that)")) << far;
}

TEST(InputRange, one_value_far_outside_is_no_reason_to_warn) {
  std::vector<float> inputs(40, 0.5F);
  inputs[6] = 1000;
  const TablePointer table = table_from_arrays(inputs, 2, std::vector<float>(20), 1).value();
  EXPECT_EQ(warned(input_range({ramp(50, 0, 1), {}, apart()}), table), "");
}

TEST(InputRange, bytes_and_numbers_are_told_apart) {
  const TestFolder folder;
  const auto bytes_table =
      read_idx_inputs(folder.file("a", idx(8, {2, 3}, bytes({0, 9, 255, 3, 4, 5})))).value();
  const InputRange of_bytes = input_range({bytes_table, {}, {}});
  EXPECT_EQ(of_bytes.element, Element::u8);
  EXPECT_EQ(of_bytes.high, std::vector<float>{255});
  EXPECT_EQ(warned(of_bytes, bytes_table), "");
  EXPECT_TRUE(contains(warned(of_bytes, ramp(50, 0, 0.1F)),
                       "the inputs are numbers from 0 to 1, but the model was trained on bytes"));
  EXPECT_TRUE(contains(warned(input_range({ramp(50, 0, 1), {}, {}}), bytes_table),
                       "bytes from 0 to 255, but the model was trained on numbers from 0 to 10"));
}

TEST(InputRange, a_model_that_does_not_know_it_warns_of_nothing) {
  EXPECT_EQ(warned({}, ramp(50, 0, 1000)), "");
}

TEST(InputRange, dividing_by_255_says_that_a_model_was_trained_on_bytes) {
  EXPECT_EQ(implied_range({{0}, {1.0F / 255}}).element, Element::u8);
  EXPECT_EQ(implied_range({{0}, {1.0F / 255}}).high, std::vector<float>{255});
  EXPECT_FALSE(implied_range({{0}, {1}}).known());
  EXPECT_FALSE(implied_range({{0, 0}, {1.0F / 255, 1}}).known());
}

// Of what open_data warns about these rows of train and test.
std::vector<std::string> warnings(Scale scale, float train, float test) {
  DataConfig config;
  config.format = "arrays";
  config.scale = scale;
  for (int row = 0; row < 40; ++row) {
    const double share = row / 39.0;
    config.train.input_rows.push_back({share * train, share * train});
    config.test.input_rows.push_back({share * test, share * test});
    config.train.target_rows.push_back({static_cast<double>(row % 2)});
    config.test.target_rows.push_back({static_cast<double>(row % 2)});
  }
  return open_data(config, 1, true).value().warnings;
}

TEST(InputRange, large_numbers_that_unit_leaves_as_they_are_are_warned_of) {
  EXPECT_TRUE(warnings(Scale::unit, 1, 1).empty());
  EXPECT_TRUE(warnings(Scale::none, 255, 255).empty());
  EXPECT_TRUE(warnings(Scale::standard, 255, 255).empty());
  const auto told = warnings(Scale::unit, 255, 255);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_TRUE(contains(told[0], "warning: data.train.inputs: the inputs are numbers from 0 to 255"))
      << told[0];
  EXPECT_TRUE(contains(told[0], "it scales only bytes")) << told[0];
}

TEST(InputRange, a_test_set_in_other_units_than_the_training_rows_is_warned_of) {
  const auto told = warnings(Scale::none, 1, 255);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_TRUE(contains(told[0], "data.test.inputs: the inputs are numbers from 0 to 255"))
      << told[0];
  EXPECT_EQ(warnings(Scale::minmax, 1, 255).size(), 1U);
}

}  // namespace
}  // namespace forknet::data
