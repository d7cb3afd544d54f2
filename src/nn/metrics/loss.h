// The mean loss of the rows, by their weights. Chunks of rows are added in their order.
#pragma once

#include "nn/metric.h"

namespace forknet::nn {

[[nodiscard]] std::unique_ptr<Metric> make_loss_metric();

inline constexpr MetricEntry kLossMetric = {
    .name = "loss",
    .selects_best = true,
    .condition = "every row has a loss",
    .applies = [](const MetricInput&) { return true; },
    .make = &make_loss_metric,
};

}  // namespace forknet::nn
