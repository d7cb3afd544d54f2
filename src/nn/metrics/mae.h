// The mean absolute error, over all outputs of all rows.
#pragma once

#include "nn/metrics/of_numbers.h"

namespace forknet::nn {

[[nodiscard]] std::unique_ptr<Metric> make_mae_metric(const MetricInput& input);

inline constexpr MetricEntry kMaeMetric = {
    .name = "mae",
    .in_training = true,
    .condition = "only a loss of numbers has it",
    .applies = &learns_numbers,
    .make = &make_mae_metric,
};

}  // namespace forknet::nn
