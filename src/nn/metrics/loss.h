// The mean loss of the rows, by their weights. Chunks of rows are added in their order.
#pragma once

#include "nn/metric.h"

namespace forknet::nn {

[[nodiscard]] std::unique_ptr<Metric> make_loss_metric(const MetricInput& input);

[[nodiscard]] constexpr bool has_loss(const MetricInput&) { return true; }

inline constexpr MetricEntry kLossMetric = {
    .name = "loss",
    .in_training = true,
    .condition = "every row has a loss",
    .applies = &has_loss,
    .make = &make_loss_metric,
};

}  // namespace forknet::nn
