// Metrics of classes, ROC AUC and pinball. The values of these rows are those of scikit-learn
// 1.2.1, printed by tests/nn/metrics/scikit_learn.py.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "math/product_kernels.h"
#include "nn/metrics/classes/class_table.h"
#include "nn/metrics/classes/ranks.h"
#include "nn/metrics/classes/roc_auc.h"
#include "nn/metrics/list.h"

namespace forknet::nn {
namespace {

using Rows = std::vector<std::vector<double>>;

// Probabilities in sixteenths.
const Rows kOutputs = {{8, 4, 2, 2}, {2, 9, 3, 2}, {5, 5, 4, 2}, {1, 2, 12, 1},
                       {6, 2, 7, 1}, {3, 3, 3, 7}, {4, 6, 4, 2}, {10, 2, 2, 2},
                       {2, 2, 5, 7}, {7, 4, 3, 2}, {6, 5, 4, 1}};
const std::vector<std::uint32_t> kLabels = {0, 1, 1, 2, 0, 3, 2, 0, 3, 1, 3};
const std::vector<double> kWeights = {1, 2, 0.5, 1, 3, 1, 1, 0.25, 2, 1, 1.5};

// Rows in one panel, of up to 16 units; padding is NaN.
template <class T>
struct OnePanel {
  explicit OnePanel(const Rows& rows, double scale = 1)
      : lines(rows.size() * math::kLanes, std::numeric_limits<T>::quiet_NaN()),
        columns(rows.empty() ? 0 : rows[0].size()) {
    for (std::size_t r = 0; r < rows.size(); ++r) {
      for (std::size_t c = 0; c < columns; ++c) {
        lines[r * math::kLanes + c] = static_cast<T>(rows[r][c] * scale);
      }
    }
  }
  [[nodiscard]] math::PanelView<const T> view(math::Range range) const {
    return {lines.data() + range.begin * math::kLanes, range.size(), columns, lines.size()};
  }
  std::vector<T> lines;
  std::size_t columns;
};

struct Judged {
  Rows outputs = kOutputs;
  double scale = 1.0 / 16;
  std::vector<std::uint32_t> labels = kLabels;  // none: targets
  Rows targets = {};
  std::vector<double> weights = {};
  bool probabilities = true;
  std::optional<double> quantile = {};
};

// The value over rows in the given pieces; nothing also where the metric is not defined.
template <class T>
std::optional<double> value_in(std::string_view name, const Judged& judged,
                               const std::vector<math::Range>& pieces) {
  const OnePanel<T> outputs(judged.outputs, judged.scale);
  const OnePanel<T> targets(judged.targets);
  const std::vector<T> weights(judged.weights.begin(), judged.weights.end());
  const MetricInput input = {judged.labels.empty() ? TargetKind::numbers : TargetKind::classes,
                             outputs.columns,
                             !judged.labels.empty(),
                             judged.probabilities,
                             judged.quantile,
                             judged.outputs.size()};
  const MetricEntry& entry = *find_metric(name);
  if (!entry.applies(input)) return std::nullopt;
  const auto metric = entry.make(input);
  const std::vector<float> offset = {0};
  const std::vector<float> factor = {1};
  for (const math::Range& piece : pieces) {
    std::vector<std::uint32_t> ranks(piece.size());
    std::vector<std::uint32_t> predicted(piece.size());
    MetricRows<T> rows;
    rows.outputs = outputs.view(piece);
    if (judged.labels.empty()) {
      rows.targets = targets.view(piece);
    } else {
      rows.labels = judged.labels.data() + piece.begin;
      rank_labels(rows.outputs, rows.labels, ranks.data(), predicted.data());
      rows.ranks = ranks.data();
      rows.predicted = predicted.data();
    }
    rows.sample_weights = weights.empty() ? nullptr : weights.data() + piece.begin;
    rows.offset = offset;
    rows.factor = factor;
    metric->add(rows);
  }
  return metric->value();
}

std::optional<double> value_in(std::string_view name, const Judged& judged) {
  return value_in<float>(name, judged, {{0, judged.outputs.size()}});
}

// Of scikit-learn: with equal weights, with kWeights.
struct Known {
  double equal;
  double weighted;
};
const std::map<std::string, Known> kKnown = {
    {"top_3", {0.9090909090909091, 0.8947368421052632}},
    {"precision", {0.6, 0.5526960784313726}},
    {"recall", {0.5416666666666666, 0.5080532212885154}},
    {"f1", {0.55, 0.510708898944193}},
    {"roc_auc", {0.828125, 0.8159063327179411}},
    {"log_loss", {1.033519243711539, 1.0655880097699058}},
};

TEST(ClassMetrics, are_those_of_scikit_learn) {
  Judged weighted;
  weighted.weights = kWeights;
  for (const auto& [name, known] : kKnown) {
    EXPECT_NEAR(value_in(name, {}).value(), known.equal, 1e-14) << name;
    EXPECT_NEAR(value_in(name, weighted).value(), known.weighted, 1e-14) << name;
    EXPECT_NEAR(value_in<double>(name, weighted, {{0, 11}}).value(), known.weighted, 1e-14) << name;
  }
}

TEST(ClassMetrics, are_the_same_in_any_partition_into_chunks) {
  Judged weighted;
  weighted.weights = kWeights;
  for (const auto& [name, known] : kKnown) {
    const auto whole = value_in<float>(name, weighted, {{0, 11}});
    EXPECT_EQ(value_in<float>(name, weighted, {{0, 1}, {1, 7}, {7, 11}}), whole) << name;
  }
}

TEST(ClassMetrics, of_a_row_of_weight_two_are_those_of_two_rows) {
  Judged heavy;
  heavy.weights.assign(kLabels.size(), 1.0);
  heavy.weights[4] = 2;
  Judged twice;
  twice.outputs.push_back(kOutputs[4]);
  twice.labels.push_back(kLabels[4]);
  for (const auto& [name, known] : kKnown) {
    EXPECT_NEAR(value_in(name, heavy).value(), value_in(name, twice).value(), 1e-14) << name;
  }
}

TEST(ClassMetrics, by_class_are_those_of_scikit_learn) {
  ClassTable equal(4);
  ClassTable weighted(4);
  const OnePanel<float> outputs(kOutputs);
  std::vector<std::uint32_t> ranks(kLabels.size());
  std::vector<std::uint32_t> predicted(kLabels.size());
  rank_labels(outputs.view({0, kLabels.size()}), kLabels.data(), ranks.data(), predicted.data());
  for (std::size_t row = 0; row < kLabels.size(); ++row) {
    equal.add(kLabels[row], predicted[row], 1);
    weighted.add(kLabels[row], predicted[row], kWeights[row]);
  }
  const ClassTable::Counts confusion = {{2, 0, 1, 0}, {2, 1, 0, 0}, {0, 1, 1, 0}, {1, 0, 0, 2}};
  EXPECT_EQ(equal.counts(), confusion);
  EXPECT_EQ(weighted.counts(), confusion) << "whole rows";
  const std::vector<double> precision = {0.4, 0.5, 0.5, 1.0};
  const std::vector<double> recall = {2.0 / 3, 1.0 / 3, 0.5, 2.0 / 3};
  const std::vector<double> f1 = {0.5, 0.4, 0.5, 0.8};
  const std::vector<double> weighted_f1 = {0.29411764705882354, 0.6153846153846153,
                                           0.3333333333333333, 0.8};
  for (std::size_t c = 0; c < 4; ++c) {
    EXPECT_DOUBLE_EQ(equal.sums().precision(c), precision[c]);
    EXPECT_DOUBLE_EQ(equal.sums().recall(c), recall[c]);
    EXPECT_DOUBLE_EQ(equal.sums().f1(c), f1[c]);
    EXPECT_DOUBLE_EQ(weighted.sums().f1(c), weighted_f1[c]);
  }
}

TEST(ClassMetrics, a_class_without_rows_and_predictions_has_no_part_in_the_means) {
  ClassSums sums(5);
  sums.add(0, 0, 1);
  sums.add(3, 0, 1);  // class 3: recall 0, precision 0
  EXPECT_DOUBLE_EQ(sums.mean(&ClassSums::recall), 0.5);
  EXPECT_DOUBLE_EQ(sums.mean(&ClassSums::precision), 0.25);
  EXPECT_EQ(ClassSums(3).mean(&ClassSums::f1), 0.0) << "no rows";
}

TEST(ClassMetrics, the_first_of_equal_outputs_is_predicted_and_a_nan_is_no_class) {
  const OnePanel<double> outputs({{1, 2, 2}, {1, NAN, 3}, {2, 2, 2}});
  const std::vector<std::uint32_t> labels = {2, 2, 1};
  std::vector<std::uint32_t> ranks(3);
  std::vector<std::uint32_t> predicted(3);
  rank_labels(outputs.view({0, 3}), labels.data(), ranks.data(), predicted.data());
  EXPECT_EQ(ranks, (std::vector<std::uint32_t>{1, kNoClass, 1}));
  EXPECT_EQ(predicted, (std::vector<std::uint32_t>{1, kNoClass, 0}));
  ClassTable table(3);
  table.add(2, kNoClass, 1);
  EXPECT_EQ(table.counts()[2], std::vector<std::uint64_t>(3, 0));
  EXPECT_EQ(table.sums().recall(2), 0.0);
}

TEST(ClassMetrics, a_probability_of_0_costs_as_much_as_the_least_number) {
  Judged judged;
  judged.outputs = {{1, 0}};
  judged.scale = 1;
  judged.labels = {1};
  EXPECT_NEAR(value_in("log_loss", judged).value(), 126 * std::log(2.0), 1e-12);
  judged.outputs = {{NAN, NAN}};
  EXPECT_TRUE(std::isnan(value_in("log_loss", judged).value()));
}

TEST(RocAuc, of_two_classes_is_that_of_class_1_and_ties_count_half) {
  Judged judged;
  judged.outputs = {{1, 3}, {1, 1}, {1, 2}, {1, 2}, {1, 0}};
  judged.labels = {1, 0, 1, 0, 0};
  // Pairs of a row of class 1 (3, 2) and one of class 0 (1, 2, 0): 5 above, 1 tie of 6.
  EXPECT_DOUBLE_EQ(value_in("roc_auc", judged).value(), 5.5 / 6);
  judged.weights = {1, 1, 3, 2, 1};
  EXPECT_DOUBLE_EQ(value_in("roc_auc", judged).value(), (1 * 4 + 3 * (2 + 0.5 * 2)) / 16.0);
}

TEST(RocAuc, of_flags_is_the_mean_over_outputs) {
  Judged judged;
  judged.labels = {};
  judged.outputs.clear();
  for (std::size_t row = 0; row < kLabels.size(); ++row) {
    judged.outputs.push_back({kOutputs[row][0], kOutputs[row][1]});
    judged.targets.push_back({kLabels[row] == 0 ? 1.0 : 0.0, kLabels[row] % 2 == 1 ? 1.0 : 0.0});
  }
  EXPECT_NEAR(value_in("roc_auc", judged).value(), 0.81875, 1e-14);
  judged.weights = kWeights;
  EXPECT_NEAR(value_in("roc_auc", judged).value(), 0.8007352941176471, 1e-14);
  judged.probabilities = false;
  EXPECT_FALSE(value_in("roc_auc", judged)) << "outputs that mean something else";
  judged.probabilities = true;
  judged.targets[3][0] = 0.5;
  EXPECT_FALSE(value_in("roc_auc", judged)) << "neither 0 nor 1";
}

TEST(RocAuc, leaves_out_classes_that_no_row_has) {
  Judged judged;
  judged.outputs = {{3, 2, 1}, {1, 2, 1}, {2, 1, 1}};
  judged.labels = {0, 1, 1};
  // Class 0: 3 above 1 and 2; class 1: 2 and 1 against 2.
  EXPECT_DOUBLE_EQ(value_in("roc_auc", judged).value(), (1 + 0.25) / 2);
  judged.labels = {1, 1, 1};
  EXPECT_FALSE(value_in("roc_auc", judged)) << "one class";
}

TEST(RocAuc, of_an_output_that_is_no_number_is_none_either) {
  Judged judged;
  judged.outputs[5][2] = NAN;
  EXPECT_TRUE(std::isnan(value_in("roc_auc", judged).value()));
}

TEST(RocAuc, is_not_taken_of_more_outputs_than_fit) {
  const MetricEntry& entry = *find_metric("roc_auc");
  MetricInput input = {TargetKind::classes, 16, true, true, {}, kMostScores / 16};
  EXPECT_TRUE(entry.applies(input));
  ++input.rows;
  EXPECT_FALSE(entry.applies(input));
  input.units = 2;  // one output a row
  EXPECT_TRUE(entry.applies(input));
}

TEST(Pinball, is_that_of_scikit_learn_at_the_quantile_of_the_loss) {
  Judged judged;
  judged.labels = {};
  judged.outputs.clear();
  judged.probabilities = false;
  EXPECT_FALSE(value_in("pinball", judged)) << "another loss";
  for (const auto& row : kOutputs) {
    judged.outputs.push_back({row[0]});
    judged.targets.push_back({row[1] / 16});
  }
  for (const auto& [quantile, equal, weighted] :
       {std::tuple{0.1, 0.10795454545454543, 0.0962719298245614},
        std::tuple{0.5, 0.08522727272727272, 0.08662280701754387},
        std::tuple{0.9, 0.0625, 0.07697368421052632}}) {
    judged.quantile = quantile;
    judged.weights = {};
    EXPECT_NEAR(value_in("pinball", judged).value(), equal, 1e-15);
    judged.weights = kWeights;
    EXPECT_NEAR(value_in("pinball", judged).value(), weighted, 1e-15);
  }
  EXPECT_NEAR(value_in("mae", judged).value(), 0.17324561403508773, 1e-15);
  EXPECT_NEAR(value_in("rmse", judged).value(), 0.23031014558176707, 1e-15);
  EXPECT_NEAR(value_in("r2", judged).value(), -1.3602610742563663, 1e-14);
}

}  // namespace
}  // namespace forknet::nn
