#include "nn/metrics/list.h"

#include <algorithm>

#include "nn/metrics/accuracy.h"
#include "nn/metrics/loss.h"
#include "nn/metrics/mae.h"
#include "nn/metrics/r2.h"
#include "nn/metrics/rmse.h"

namespace forknet::nn {

std::span<const MetricEntry> metrics() {
  // The list: a metric is its pair of files and its line here.
  static constexpr MetricEntry kMetrics[] = {
      kLossMetric, kAccuracyMetric, kRmseMetric, kMaeMetric, kR2Metric,
  };
  return kMetrics;
}

const MetricEntry* find_metric(std::string_view name) {
  const auto all = metrics();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const MetricEntry& entry) { return entry.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace forknet::nn
