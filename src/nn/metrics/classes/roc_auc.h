// The area under the ROC curve: the probability that a row of a class has a larger output for it
// than a row of another class, ties counting half, by the rows' weights (Fawcett 2006).
//   two classes          of class 1 by its output
//   more                 the mean over the classes, each against all others
//   numbers of 0 and 1   the mean over the outputs; none where a target is another number
// Classes and outputs that all rows or no row have are left out; none where that leaves nothing.
//
// It is the one metric that keeps what all rows have: 4 or 8 bytes an output and a bit.
#pragma once

#include "nn/metric.h"

namespace forknet::nn {

inline constexpr std::size_t kMostScores = std::size_t{1} << 28;

[[nodiscard]] std::unique_ptr<Metric> make_roc_auc_metric(const MetricInput& input);

// Columns of outputs that are judged.
[[nodiscard]] constexpr std::size_t scores_of_row(const MetricInput& input) {
  return input.has_classes() && input.units == 2 ? 1 : input.units;
}

[[nodiscard]] constexpr bool has_roc_auc(const MetricInput& input) {
  const bool ranks = input.has_classes() ? input.units > 1 : input.probabilities;
  return ranks && input.rows <= kMostScores / scores_of_row(input);
}

// Outputs, flags and weights, and the outputs of one column with their rows while they are sorted.
[[nodiscard]] constexpr std::size_t bytes_of_roc_auc(const MetricInput& input,
                                                     std::size_t number_bytes) {
  const std::size_t scores = scores_of_row(input);
  return input.rows * (scores * number_bytes + scores / 8 + 1 + sizeof(double) + 2 * number_bytes);
}

inline constexpr MetricEntry kRocAucMetric = {
    .name = "roc_auc",
    .larger_is_better = true,
    .condition = "only up to 2^28 outputs for class labels, or that are probabilities, have it",
    .applies = &has_roc_auc,
    .make = &make_roc_auc_metric,
    .kept_bytes = &bytes_of_roc_auc,
};

}  // namespace forknet::nn
