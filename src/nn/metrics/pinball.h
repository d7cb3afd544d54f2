// The mean pinball loss at the quantile q of the loss, over all outputs of all rows, in the
// original units of the targets: (1 - q) * d where d = output - target is above 0, else -q * d.
#pragma once

#include "nn/metrics/of_numbers.h"

namespace forknet::nn {

[[nodiscard]] std::unique_ptr<Metric> make_pinball_metric(const MetricInput& input);

[[nodiscard]] constexpr bool learns_a_quantile(const MetricInput& input) {
  return input.target == TargetKind::numbers && input.quantile.has_value();
}

inline constexpr MetricEntry kPinballMetric = {
    .name = "pinball",
    .condition = "only the loss quantile has it",
    .applies = &learns_a_quantile,
    .make = &make_pinball_metric,
};

}  // namespace forknet::nn
