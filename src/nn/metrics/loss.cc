#include "nn/metrics/loss.h"

#include "nn/metrics/of_sums.h"

namespace forknet::nn {
namespace {

double mean_loss(const RowSums& sums) { return sums.loss / sums.all(); }

}  // namespace

std::unique_ptr<Metric> make_loss_metric(const MetricInput&) {
  return std::make_unique<MetricOfSums<&mean_loss>>();
}

}  // namespace forknet::nn
