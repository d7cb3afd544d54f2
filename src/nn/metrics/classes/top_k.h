// The share of rows, by their weights, whose label is among the k largest outputs (ranks.h).
#pragma once

#include "nn/metrics/classes/of_classes.h"

namespace forknet::nn {

template <std::size_t k>
[[nodiscard]] std::unique_ptr<Metric> make_top_metric(const MetricInput& input);

// Of k classes or fewer it would be 1.
template <std::size_t k>
[[nodiscard]] constexpr bool has_more_classes(const MetricInput& input) {
  return input.has_classes() && input.units > k;
}

template <std::size_t k>
[[nodiscard]] constexpr MetricEntry top_metric(std::string_view name, std::string_view condition) {
  return {
      .name = name,
      .larger_is_better = true,
      .is_share = true,
      .condition = condition,
      .applies = &has_more_classes<k>,
      .make = &make_top_metric<k>,
  };
}

inline constexpr MetricEntry kTop3Metric =
    top_metric<3>("top_3", "only rows with labels of more than 3 classes have it");
inline constexpr MetricEntry kTop5Metric =
    top_metric<5>("top_5", "only rows with labels of more than 5 classes have it");

}  // namespace forknet::nn
