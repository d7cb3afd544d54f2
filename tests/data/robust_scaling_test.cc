#include "data/robust_scaling.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "data/arrays.h"

namespace forknet::data {
namespace {

double quantile_by_sorting(std::vector<float> values, double share) {
  std::sort(values.begin(), values.end());
  const double until = share * static_cast<double>(values.size());
  const auto place = static_cast<std::size_t>(until);
  if (static_cast<double>(place) != until) return double{values[place]};
  return (double{values[place - 1]} + double{values[place]}) / 2;
}

void expect_quartiles(const Quartiles& found, const std::vector<float>& values) {
  EXPECT_EQ(found.lower, quantile_by_sorting(values, 0.25));
  EXPECT_EQ(found.middle, quantile_by_sorting(values, 0.5));
  EXPECT_EQ(found.upper, quantile_by_sorting(values, 0.75));
  EXPECT_EQ(found.least, *std::min_element(values.begin(), values.end()));
  EXPECT_EQ(found.most, *std::max_element(values.begin(), values.end()));
}

TEST(RobustScaling, quartiles_are_those_of_the_sorted_values) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::vector<float> values(1 + random() % 60);
    for (float& value : values) {
      value = round % 2 == 0 ? static_cast<float>(random() % 5) : static_cast<float>(random());
    }
    std::vector<float> moved = values;
    expect_quartiles(quartiles_of(moved, {}), values);
  }
}

TEST(RobustScaling, a_weight_counts_like_as_many_rows) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::vector<float> values(1 + random() % 20);
    std::vector<float> weights;
    std::vector<float> repeated;
    for (float& value : values) {
      value = static_cast<float>(random() % 9);
      weights.push_back(static_cast<float>(1 + random() % 3));
      repeated.insert(repeated.end(), static_cast<std::size_t>(weights.back()), value);
    }
    expect_quartiles(quartiles_of(values, weights), repeated);
  }
}

TablePointer table_of(const std::vector<float>& inputs, std::size_t features) {
  const std::vector<float> targets(inputs.size() / features);
  return *table_from_arrays(inputs, features, targets, 1);
}

TEST(RobustScaling, the_median_becomes_0_and_the_distance_of_the_quartiles_1) {
  const auto table = table_of({1, 2, 3, 4, 5, 6, 7, 1000}, 1);
  const Scaling scaling = fit_scaling(*table, {}, Scale::robust);
  EXPECT_EQ(scaling.offset, (std::vector<float>{4.5F}));
  EXPECT_EQ(scaling.factor, (std::vector<float>{0.25F}));  // 1 / (6.5 - 2.5)
  EXPECT_EQ(scaling.bend, (std::vector<float>{1.0F / 9}));
}

TEST(RobustScaling, a_feature_with_equal_quartiles_is_scaled_by_its_ends) {
  const auto table = table_of({0, 5, 0, 5, 0, 5, 0, 5, 0, 5, 8, 5}, 2);
  const Scaling scaling = fit_scaling(*table, {}, Scale::robust);
  EXPECT_EQ(scaling.offset, (std::vector<float>{0, 5}));
  EXPECT_EQ(scaling.factor, (std::vector<float>{0.25F, 0}));
}

TEST(RobustScaling, only_training_rows_take_part) {
  const auto table = table_of({1e9F, 1, 2, -1e9F, 3, 4}, 1);
  const std::vector<std::uint32_t> rows = {1, 2, 4, 5};
  EXPECT_EQ(fit_scaling(*table, rows, Scale::robust).factor, (std::vector<float>{0.5F}));
}

TEST(RobustScaling, is_the_same_for_any_number_of_threads) {
  std::mt19937 random(5);
  std::vector<float> inputs(200 * 37);
  for (float& number : inputs) number = static_cast<float>(random() % 1000);
  const auto table = table_of(inputs, 37);
  const Scaling one = fit_scaling(*table, {}, Scale::robust);
  for (const std::size_t threads : {2U, 3U, 50U}) {
    const Scaling more = fit_scaling(*table, {}, Scale::robust, threads);
    EXPECT_EQ(more.offset, one.offset);
    EXPECT_EQ(more.factor, one.factor);
    EXPECT_EQ(more.bend, one.bend);
  }
}

}  // namespace
}  // namespace forknet::data
