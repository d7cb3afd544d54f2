#include "nn/metrics/list.h"

#include <forknet/model.h>

#include <algorithm>
#include <iterator>

#include "nn/metrics/accuracy.h"
#include "nn/metrics/classes/by_class.h"
#include "nn/metrics/classes/log_loss.h"
#include "nn/metrics/classes/roc_auc.h"
#include "nn/metrics/classes/top_k.h"
#include "nn/metrics/loss.h"
#include "nn/metrics/mae.h"
#include "nn/metrics/pinball.h"
#include "nn/metrics/r2.h"
#include "nn/metrics/rmse.h"

namespace forknet::nn {

std::span<const MetricEntry> metrics() {
  // The list: a metric is its pair of files and its line here.
  static constexpr MetricEntry kMetrics[] = {
      kLossMetric,   kAccuracyMetric, kTop3Metric,    kTop5Metric,    kPrecisionMetric,
      kRecallMetric, kF1Metric,       kRocAucMetric,  kLogLossMetric, kRmseMetric,
      kMaeMetric,    kR2Metric,       kPinballMetric,
  };
  static_assert(std::size(kMetrics) <= MetricValues::kMost);
  return kMetrics;
}

const MetricEntry* find_metric(std::string_view name) {
  const auto all = metrics();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const MetricEntry& entry) { return entry.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace forknet::nn
