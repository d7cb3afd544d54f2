// Precision, recall and F1: the means over the classes (class_sums.h; "macro").
#pragma once

#include "nn/metrics/classes/class_sums.h"
#include "nn/metrics/classes/of_classes.h"

namespace forknet::nn {

template <ClassSums::Figure kFigure>
[[nodiscard]] std::unique_ptr<Metric> make_class_metric(const MetricInput& input);

template <ClassSums::Figure kFigure>
[[nodiscard]] constexpr MetricEntry class_metric(std::string_view name) {
  return {
      .name = name,
      .larger_is_better = true,
      .is_share = true,
      .condition = "only rows with class labels have it",
      .applies = &rows_have_classes,
      .make = &make_class_metric<kFigure>,
  };
}

inline constexpr MetricEntry kPrecisionMetric = class_metric<&ClassSums::precision>("precision");
inline constexpr MetricEntry kRecallMetric = class_metric<&ClassSums::recall>("recall");
inline constexpr MetricEntry kF1Metric = class_metric<&ClassSums::f1>("f1");

}  // namespace forknet::nn
