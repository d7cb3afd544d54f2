// The root of the mean squared error, over all outputs of all rows.
#pragma once

#include "nn/metrics/of_numbers.h"

namespace forknet::nn {

[[nodiscard]] std::unique_ptr<Metric> make_rmse_metric(const MetricInput& input);

inline constexpr MetricEntry kRmseMetric = {
    .name = "rmse",
    .in_training = true,
    .condition = "only a loss of numbers has it",
    .applies = &learns_numbers,
    .make = &make_rmse_metric,
};

}  // namespace forknet::nn
