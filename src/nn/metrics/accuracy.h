// The share of rows whose label is the first largest output, by their weights (hits.h).
#pragma once

#include "nn/metric.h"

namespace forknet::nn {

[[nodiscard]] std::unique_ptr<Metric> make_accuracy_metric();
// Rows have classes: the loss takes them, or they stand for numbers of several units.
[[nodiscard]] constexpr bool has_accuracy(const MetricInput& input) {
  return input.target == TargetKind::classes || (input.units > 1 && input.labelled);
}

inline constexpr MetricEntry kAccuracyMetric = {
    .name = "accuracy",
    .larger_is_better = true,
    .is_share = true,
    .selects_best = true,
    .condition = "only rows with class labels have an accuracy",
    .applies = &has_accuracy,
    .make = &make_accuracy_metric,
};

}  // namespace forknet::nn
