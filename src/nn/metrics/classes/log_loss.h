// The mean of -log(p) by the rows' weights, p being the predicted probability of the label and at
// least the least normal number of its type. Unlike the loss it knows no label smoothing.
#pragma once

#include "nn/metric.h"

namespace forknet::nn {

[[nodiscard]] std::unique_ptr<Metric> make_log_loss_metric(const MetricInput& input);

[[nodiscard]] constexpr bool predicts_classes(const MetricInput& input) {
  return input.target == TargetKind::classes && input.probabilities;
}

inline constexpr MetricEntry kLogLossMetric = {
    .name = "log_loss",
    .condition = "only predictions that are probabilities of classes have it",
    .applies = &predicts_classes,
    .make = &make_log_loss_metric,
};

}  // namespace forknet::nn
