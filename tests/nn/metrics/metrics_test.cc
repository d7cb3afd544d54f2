// Metrics by hand, with weights, and in any partition into chunks.
#include <forknet/model.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "math/product_kernels.h"
#include "nn/metrics/list.h"

namespace forknet::nn {
namespace {

// Rows of one unit in panels: line r holds number r in its first lane.
struct Column {
  explicit Column(const std::vector<float>& numbers) : lines(numbers.size() * math::kLanes, NAN) {
    for (std::size_t i = 0; i < numbers.size(); ++i) lines[i * math::kLanes] = numbers[i];
  }
  [[nodiscard]] math::PanelView<const float> rows(math::Range range) const {
    return {lines.data() + range.begin * math::kLanes, range.size(), 1, lines.size()};
  }
  std::vector<float> lines;
};

constexpr std::array<float, 1> kNoOffset = {0};
constexpr std::array<float, 1> kNoFactor = {1};

// The value over the given pieces of the rows.
std::optional<double> value_of(std::string_view name, const std::vector<float>& outputs,
                               const std::vector<float>& targets,
                               const std::vector<math::Range>& pieces,
                               const std::vector<float>& weights = {},
                               std::span<const float> offset = kNoOffset,
                               std::span<const float> factor = kNoFactor) {
  const Column y(outputs);
  const Column t(targets);
  const auto metric = find_metric(name)->make({});
  for (const math::Range& piece : pieces) {
    MetricRows<float> rows;
    rows.outputs = y.rows(piece);
    rows.targets = t.rows(piece);
    rows.sample_weights = weights.empty() ? nullptr : weights.data() + piece.begin;
    rows.offset = offset;
    rows.factor = factor;
    metric->add(rows);
  }
  return metric->value();
}

TEST(Metrics, are_listed_in_the_order_in_which_they_are_shown) {
  std::string names;
  std::string shown;
  for (const MetricEntry& metric : metrics()) {
    names += std::string(metric.name) + (metric.larger_is_better ? "+ " : "- ");
    if (metric.in_training) shown += std::string(metric.name) + " ";
  }
  EXPECT_EQ(
      names,
      "loss- accuracy+ top_3+ top_5+ precision+ recall+ f1+ roc_auc+ log_loss- rmse- mae- r2+ "
      "pinball- ");
  EXPECT_EQ(shown, "loss accuracy rmse mae r2 ");
  EXPECT_EQ(find_metric("no_such"), nullptr);
}

TEST(Metrics, are_defined_by_the_kind_of_targets) {
  const auto defined = [](const MetricInput& input) {
    std::string names;
    for (const MetricEntry& metric : metrics()) {
      if (metric.applies(input)) names += std::string(metric.name) + " ";
    }
    return names;
  };
  EXPECT_EQ(defined({TargetKind::classes, 3, true}), "loss accuracy precision recall f1 roc_auc ");
  EXPECT_EQ(defined({TargetKind::classes, 6, true, true}),
            "loss accuracy top_3 top_5 precision recall f1 roc_auc log_loss ");
  EXPECT_EQ(defined({TargetKind::numbers, 3, true}),
            "loss accuracy precision recall f1 roc_auc rmse mae r2 ");
  EXPECT_EQ(defined({TargetKind::numbers, 1, false, true}), "loss roc_auc rmse mae r2 ");
  EXPECT_EQ(defined({TargetKind::numbers, 3, false, false, 0.5}), "loss rmse mae r2 pinball ");
  EXPECT_EQ(defined({TargetKind::numbers, 1, true}), "loss rmse mae r2 ");
  EXPECT_EQ(defined({TargetKind::numbers, 3, false}), "loss rmse mae r2 ");
}

TEST(Metrics, of_numbers_by_hand) {
  const std::vector<float> outputs = {2, 5, 0};
  const std::vector<float> targets = {1, 5, 2};  // mean 8/3, squared deviations 26/3
  const std::vector<math::Range> all = {{0, 3}};
  EXPECT_DOUBLE_EQ(*value_of("rmse", outputs, targets, all), std::sqrt(5.0 / 3));
  EXPECT_DOUBLE_EQ(*value_of("mae", outputs, targets, all), 1.0);
  EXPECT_NEAR(*value_of("r2", outputs, targets, all), 1 - 5.0 / (26.0 / 3), 1e-15);
  // v = x / 0.5 + 10: errors are twice as large, deviations four times.
  const std::array<float, 1> offset = {10};
  const std::array<float, 1> factor = {0.5F};
  EXPECT_DOUBLE_EQ(*value_of("mae", outputs, targets, all, {}, offset, factor), 2.0);
  EXPECT_NEAR(*value_of("r2", outputs, targets, all, {}, offset, factor), 1 - 5.0 / (26.0 / 3),
              1e-15);
}

TEST(Metrics, of_a_row_of_weight_two_are_those_of_two_rows) {
  const std::vector<float> once = {2, 5, 0.25F};
  const std::vector<float> twice = {2, 5, 0.25F, 0.25F};
  const std::vector<float> targets = {1, 5, 2};
  const std::vector<float> targets_twice = {1, 5, 2, 2};
  for (const char* name : {"rmse", "mae", "r2"}) {
    EXPECT_NEAR(*value_of(name, once, targets, {{0, 3}}, {1, 1, 2}),
                *value_of(name, twice, targets_twice, {{0, 4}}), 1e-14)
        << name;
  }
}

TEST(Metrics, are_the_same_in_any_partition_into_chunks) {
  std::vector<float> outputs;
  std::vector<float> targets;
  std::vector<float> weights;
  for (int i = 0; i < 100; ++i) {
    outputs.push_back(std::sin(static_cast<float>(i)));
    targets.push_back(std::cos(static_cast<float>(3 * i)));
    weights.push_back(0.5F + static_cast<float>(i % 7));
  }
  for (const char* name : {"rmse", "mae", "r2"}) {
    const double whole = *value_of(name, outputs, targets, {{0, 100}}, weights);
    EXPECT_EQ(*value_of(name, outputs, targets, {{0, 1}, {1, 33}, {33, 100}}, weights), whole);
  }
}

TEST(Metrics, of_rows_that_are_all_alike_have_no_r2) {
  EXPECT_FALSE(value_of("r2", {1, 2}, {3, 3}, {{0, 2}}).has_value());
}

TEST(Metrics, of_sums_are_means_by_the_rows_weights) {
  for (const auto& [name, plain, weighed] :
       {std::tuple{"loss", 1.5, 2.0}, std::tuple{"accuracy", 0.5, 0.25}}) {
    MetricRows<double> rows;
    rows.sums = {3, 1, 2, 0, 0};
    const auto metric = find_metric(name)->make({});
    metric->add(rows);
    metric->add(rows);
    EXPECT_EQ(metric->value(), plain) << name;
    const auto by_weight = find_metric(name)->make({});
    rows.sums = {8, 1, 2, 4, 1};
    by_weight->add(rows);
    EXPECT_EQ(by_weight->value(), weighed) << name;
  }
}

TEST(Metrics, of_an_evaluation_are_found_by_name) {
  Evaluation evaluation;
  EXPECT_EQ(evaluation.value("loss"), 0.0);
  EXPECT_FALSE(evaluation.value("rmse").has_value());
  evaluation.set("loss", 3);
  evaluation.set("rmse", 2);
  EXPECT_EQ(evaluation.loss, 3);
  EXPECT_EQ(evaluation.rmse, 2.0);
  for (const MetricEntry& metric : metrics()) {
    evaluation.set(metric.name, 7);
    EXPECT_EQ(evaluation.value(metric.name), 7.0) << metric.name;
  }
  EXPECT_EQ(evaluation.others.all().size(), 8U) << "those that have no member";
  evaluation.set("f1", 8);
  EXPECT_EQ(evaluation.value("f1"), 8.0);
  EXPECT_EQ(evaluation.others.all().size(), 8U);
  EXPECT_FALSE(evaluation.value("top_1").has_value());
}

}  // namespace
}  // namespace forknet::nn
