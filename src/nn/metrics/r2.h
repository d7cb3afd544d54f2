// The coefficient of determination, over all outputs of all rows: 1 - residual / total sum of
// squares. None where all targets are the same.
#pragma once

#include "nn/metrics/of_numbers.h"

namespace forknet::nn {

[[nodiscard]] std::unique_ptr<Metric> make_r2_metric(const MetricInput& input);

inline constexpr MetricEntry kR2Metric = {
    .name = "r2",
    .larger_is_better = true,
    .in_training = true,
    .condition = "only a loss of numbers has it",
    .applies = &learns_numbers,
    .make = &make_r2_metric,
};

}  // namespace forknet::nn
