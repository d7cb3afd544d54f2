#include "nn/metrics/accuracy.h"

#include "nn/metrics/of_sums.h"

namespace forknet::nn {
namespace {

double share_of_hits(const RowSums& sums) { return sums.hits() / sums.all(); }

}  // namespace

std::unique_ptr<Metric> make_accuracy_metric(const MetricInput&) {
  return std::make_unique<MetricOfSums<&share_of_hits>>();
}

}  // namespace forknet::nn
