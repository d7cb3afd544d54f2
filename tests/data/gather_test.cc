#include "data/gather.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "data/arrays.h"
#include "data/scaling.h"

namespace forknet::data {
namespace {

using math::kLanes;

constexpr std::size_t kTableRows = 40;

// A table of u8 rows with labels row % 5.
TablePointer u8_table(std::size_t features, std::uint32_t seed) {
  Table table;
  table.shape = {Element::u8, kTableRows, {features}, features, true, 0, 0};
  std::mt19937 random(seed);
  return *build_table(std::move(table), [&](const TableParts& parts) -> Status {
    for (std::byte& byte : parts.inputs) byte = static_cast<std::byte>(random() & 0xff);
    for (std::size_t r = 0; r < kTableRows; ++r)
      parts.labels[r] = static_cast<std::uint32_t>(r % 5);
    return {};
  });
}

// A table of f32 rows with two targets each.
TablePointer f32_table(std::size_t features, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> inputs(kTableRows * features);
  std::vector<float> targets(kTableRows * 2);
  std::normal_distribution<float> normal(3, 10);
  for (float& number : inputs) number = normal(random);
  for (float& number : targets) number = normal(random);
  return *table_from_arrays(inputs, features, targets, 2);
}

double raw(const Table& table, std::size_t row, std::size_t column) {
  if (table.shape.element == Element::u8) return table.u8_row(row)[column];
  return static_cast<double>(table.f32_row(row)[column]);
}

template <class T>
struct Panels {
  std::vector<T> memory;
  math::PanelView<T> view;
  Panels(std::size_t rows, std::size_t columns)
      : memory(math::panel_numbers(rows | 1, columns), T{-7}),
        view{memory.data(), rows, columns, (rows | 1) * kLanes} {}
};

// Every number as the definition says, padding columns zero.
template <class T>
void expect_defined(const View& view, const std::vector<std::uint32_t>& positions,
                    const math::PanelView<T>& inputs) {
  const Scaling& scaling = view.scaling;
  for (std::size_t r = 0; r < positions.size(); ++r) {
    for (std::size_t c = 0; c < inputs.panels() * kLanes; ++c) {
      if (c >= inputs.columns) {
        EXPECT_EQ(inputs.at(r, c), T{0});
        continue;
      }
      const std::size_t s = scaling.offset.size() == 1 ? 0 : c;
      const T value = static_cast<T>(raw(*view.table, view.row(positions[r]), c));
      const T difference = value - static_cast<T>(scaling.offset[s]);
      T x = difference * static_cast<T>(scaling.factor[s]);
      if (!scaling.bend.empty()) x /= std::sqrt(x * x * static_cast<T>(scaling.bend[c]) + T{1});
      ASSERT_EQ(inputs.at(r, c), x);
    }
  }
}

template <class T>
void check_table(const TablePointer& table, const std::vector<std::uint32_t>& rows, Scale scale) {
  const View view{table, rows, fit_scaling(*table, rows, scale)};
  std::vector<std::uint32_t> positions;
  for (std::uint32_t p = 0; p < view.size(); p += 3) positions.push_back(p);
  std::reverse(positions.begin(), positions.end());
  for (const math::Target target : math::available_targets()) {
    SCOPED_TRACE(math::target_name(target));
    Panels<T> inputs(positions.size(), table->shape.features);
    gather<T>(view, positions, {inputs.view, nullptr, {}}, math::element_kernels<T>(target));
    expect_defined(view, positions, inputs.view);
  }
}

template <class T>
void gather_fast(const View& view, const std::vector<std::uint32_t>& positions,
                 const GatherTo<T>& to) {
  gather<T>(view, positions, to, math::element_kernels<T>(math::best_target()));
}

TEST(Gather, inputs_are_scaled_as_defined_for_every_width_type_and_scale) {
  const std::vector<std::uint32_t> some = {1, 4, 5, 9, 13, 20, 39};
  for (const std::size_t features : {1U, 15U, 16U, 17U, 33U, 64U, 100U}) {
    for (const Scale scale :
         {Scale::none, Scale::unit, Scale::minmax, Scale::standard, Scale::robust}) {
      const auto seed = static_cast<std::uint32_t>(features);
      for (const TablePointer& table : {u8_table(features, seed), f32_table(features, seed)}) {
        check_table<float>(table, {}, scale);
        check_table<double>(table, some, scale);
      }
    }
  }
}

TEST(Gather, labels_and_targets_follow_the_rows_of_the_view) {
  const std::vector<std::uint32_t> positions = {2, 0, 1};
  const View labelled{u8_table(3, 1), {7, 11, 19}, {}};
  Panels<float> inputs(3, 3);
  std::vector<std::uint32_t> labels(3);
  gather_fast<float>(labelled, positions, {inputs.view, labels.data(), {}});
  EXPECT_EQ(labels, (std::vector<std::uint32_t>{4, 2, 1}));

  const View numbers{f32_table(3, 1), {7, 11, 19}, {}};
  Panels<double> wide(3, 3);
  Panels<double> targets(3, 2);
  gather_fast<double>(numbers, positions, {wide.view, nullptr, targets.view});
  EXPECT_EQ(targets.view.at(0, 1), static_cast<double>(numbers.table->targets()[19 * 2 + 1]));
  EXPECT_EQ(targets.view.at(2, 0), static_cast<double>(numbers.table->targets()[11 * 2]));
  EXPECT_EQ(targets.view.at(2, 2), 0.0);
}

// Rows of one feature, the number of the row, with these weights.
TablePointer weighted_table(const std::vector<float>& weights) {
  Table table;
  table.shape = {Element::f32, weights.size(), {1}, 1, false, 0, 1, true};
  return *build_table(std::move(table), [&](const TableParts& parts) -> Status {
    auto* inputs = reinterpret_cast<float*>(parts.inputs.data());
    for (std::size_t row = 0; row < weights.size(); ++row) inputs[row] = static_cast<float>(row);
    std::copy(weights.begin(), weights.end(), parts.sample_weights.begin());
    return {};
  });
}

TEST(Gather, weights_are_divided_by_their_mean_over_the_view_in_the_precision_of_the_run) {
  const View view{weighted_table({100, 1, 2, 0.25F, 100, 5}), {1, 2, 3, 5}, {}};
  const double mean = (1 + 2 + 0.25 + 5) / 4;
  EXPECT_EQ(mean_weight(view), mean);
  const std::vector<std::uint32_t> positions = {3, 0, 2};
  const auto gathered = [&]<class T>(T) {
    Panels<T> inputs(3, 1);
    std::vector<T> weights(3);
    gather_fast<T>(view, positions, {inputs.view, nullptr, {}, weights.data(), mean});
    return weights;
  };
  const std::vector<double> expected = {5 / mean, 1 / mean, 0.25 / mean};
  EXPECT_EQ(gathered(0.0), expected);
  EXPECT_EQ(gathered(0.0F), std::vector<float>(expected.begin(), expected.end()));
  EXPECT_EQ(mean_weight({f32_table(3, 1), {}, {}}), 1.0);
}

TEST(Gather, weights_of_classes_are_factors_of_those_of_rows) {
  const std::vector<float> inputs = {0, 1, 2, 3};
  const std::vector<std::uint32_t> labels = {0, 2, 1, 2};
  const std::vector<float> own = {1, 2, 4, 0.5F};
  for (const bool weighted : {true, false}) {
    View view{*table_from_classes(inputs, 1, labels, 3, weighted ? own : std::vector<float>()),
              {1, 2, 3},
              {}};
    EXPECT_EQ(view.weighted(), weighted);
    view.class_weights = {7, 0.5, 3};
    EXPECT_TRUE(view.weighted());
    const double mean = weighted ? (6.0 + 2 + 1.5) / 3 : (3.0 + 0.5 + 3) / 3;
    EXPECT_EQ(mean_weight(view), mean);
    const std::vector<std::uint32_t> positions = {0, 1, 2};
    std::vector<double> weights(3);
    Panels<double> scaled(3, 1);
    gather<double>(view, positions, {scaled.view, nullptr, {}, weights.data(), mean},
                   math::element_kernels<double>(math::best_target()));
    EXPECT_EQ(weights, weighted ? (std::vector<double>{6 / mean, 2 / mean, 1.5 / mean})
                                : (std::vector<double>{3 / mean, 0.5 / mean, 3 / mean}));
  }
}

TEST(Gather, weights_are_a_part_of_the_digest_of_a_table) {
  EXPECT_EQ(weighted_table({1, 2, 3})->digest(), weighted_table({1, 2, 3})->digest());
  EXPECT_NE(weighted_table({1, 2, 3})->digest(), weighted_table({1, 2, 4})->digest());
}

TEST(Scaling, standard_counts_each_row_as_its_weight) {
  const Scaling scaling = fit_scaling(*weighted_table({1, 3, 0.5F}), {}, Scale::standard);
  const double mean = (3 + 2 * 0.5) / 4.5;
  const double variance =
      (mean * mean + 3 * (1 - mean) * (1 - mean) + 0.5 * (2 - mean) * (2 - mean)) / 4.5;
  EXPECT_FLOAT_EQ(scaling.offset[0], static_cast<float>(mean));
  EXPECT_FLOAT_EQ(scaling.factor[0], static_cast<float>(1 / std::sqrt(variance)));
}

TEST(Gather, labels_are_one_hot_where_targets_are_wanted) {
  const View view{u8_table(3, 1), {}, {}};
  const std::vector<std::uint32_t> positions = {3, 1, 0};
  Panels<float> inputs(3, 3);
  Panels<float> targets(3, 20);
  gather_fast<float>(view, positions, {inputs.view, nullptr, targets.view});
  for (std::size_t r = 0; r < 3; ++r) {
    for (std::size_t c = 0; c < 32; ++c) {
      EXPECT_EQ(targets.view.at(r, c), c == positions[r] % 5 ? 1.0F : 0.0F);
    }
  }
}

TEST(Scaling, unit_divides_bytes_by_255_and_leaves_numbers_alone) {
  const Scaling bytes = fit_scaling(*u8_table(3, 1), {}, Scale::unit);
  EXPECT_EQ(bytes.factor, (std::vector<float>{1.0F / 255.0F}));
  EXPECT_EQ(bytes.offset, (std::vector<float>{0.0F}));
  EXPECT_EQ(fit_scaling(*f32_table(3, 1), {}, Scale::unit).factor, (std::vector<float>{1.0F}));
}

TEST(Scaling, minmax_maps_the_training_rows_to_0_and_1_only) {
  const std::vector<float> inputs = {1, 10, 3, 20, 5, 15, 100, -100};
  const std::vector<float> targets(4);
  const TablePointer table = *table_from_arrays(inputs, 2, targets, 1);
  const std::vector<std::uint32_t> rows = {0, 1, 2};
  const Scaling scaling = fit_scaling(*table, rows, Scale::minmax);
  EXPECT_EQ(scaling.offset, (std::vector<float>{1, 10}));
  EXPECT_EQ(scaling.factor, (std::vector<float>{0.25F, 0.1F}));
}

TEST(Scaling, standard_gives_mean_0_and_deviation_1) {
  const std::vector<float> inputs = {2, 4, 4, 4, 5, 5, 7, 9};  // mean 5, deviation 2
  const std::vector<float> targets(8);
  const Scaling scaling =
      fit_scaling(**table_from_arrays(inputs, 1, targets, 1), {}, Scale::standard);
  EXPECT_EQ(scaling.offset, (std::vector<float>{5}));
  EXPECT_EQ(scaling.factor, (std::vector<float>{0.5F}));
}

TEST(Scaling, a_constant_feature_becomes_0) {
  const std::vector<float> inputs(37, 0.1F);
  const std::vector<float> targets(37);
  const TablePointer table = *table_from_arrays(inputs, 1, targets, 1);
  EXPECT_EQ(fit_scaling(*table, {}, Scale::minmax).factor, (std::vector<float>{0}));
  EXPECT_EQ(fit_scaling(*table, {}, Scale::standard).factor, (std::vector<float>{0}));
}

// Sums of such weights round: their mean of a constant is not the constant.
TEST(Scaling, a_constant_stays_one_whatever_its_rows_weigh) {
  for (const auto& weights : {std::vector<float>(1000, 0.3F), std::vector<float>{0.1F, 0.7F, 3}}) {
    const std::size_t rows = weights.size();
    const std::vector<float> inputs(rows, 0.1F);
    std::vector<float> targets;  // one constant, one not
    for (std::size_t row = 0; row < rows; ++row) {
      targets.insert(targets.end(), {12.7F, static_cast<float>(row)});
    }
    const Scaling target = fit_target_scaling(targets, 2, {}, weights);
    EXPECT_EQ(target.offset[0], 12.7F);
    EXPECT_EQ(target.factor[0], 1.0F);
    EXPECT_NE(target.factor[1], 1.0F) << "this one varies";
    const Scaling input =
        fit_scaling(**table_from_arrays(inputs, 1, inputs, 1, weights), {}, Scale::standard);
    EXPECT_EQ(input.offset[0], 0.1F);
    EXPECT_EQ(input.factor[0], 0.0F);
  }
}

TEST(Scaling, a_constant_target_without_weights_is_shifted_to_0_alone) {
  const std::vector<float> targets = {-0.0F, 0.0F, 5, -0.0F};
  const std::vector<std::uint32_t> rows = {0, 1, 3};
  const Scaling target = fit_target_scaling(targets, 1, rows);
  EXPECT_EQ(target.offset[0], 0.0F);
  EXPECT_FALSE(std::signbit(target.offset[0]));
  EXPECT_EQ(target.factor[0], 1.0F);
}

}  // namespace
}  // namespace forknet::data
