#include "nn/metrics/mae.h"

#include <cmath>

namespace forknet::nn {
namespace {

class Mae final : public MetricOfNumbers<Mae> {
 public:
  void add_number(double output, double target, double weight) {
    absolutes_ += weight * std::fabs(output - target);
    count_ += weight;
  }
  [[nodiscard]] std::optional<double> value() const override { return absolutes_ / count_; }

 private:
  double absolutes_ = 0;
  double count_ = 0;
};

}  // namespace

std::unique_ptr<Metric> make_mae_metric(const MetricInput&) { return std::make_unique<Mae>(); }

}  // namespace forknet::nn
