// The share of rows whose label is the first largest output, by their weights (hits.h).
#pragma once

#include "nn/metrics/classes/of_classes.h"

namespace forknet::nn {

[[nodiscard]] std::unique_ptr<Metric> make_accuracy_metric(const MetricInput& input);

inline constexpr MetricEntry kAccuracyMetric = {
    .name = "accuracy",
    .larger_is_better = true,
    .is_share = true,
    .in_training = true,
    .condition = "only rows with class labels have an accuracy",
    .applies = &rows_have_classes,
    .make = &make_accuracy_metric,
};

}  // namespace forknet::nn
