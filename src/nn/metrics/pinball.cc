#include "nn/metrics/pinball.h"

namespace forknet::nn {
namespace {

class Pinball final : public MetricOfNumbers<Pinball> {
 public:
  explicit Pinball(double quantile) : quantile_(quantile) {}
  void add_number(double output, double target, double weight) {
    const double distance = output - target;
    sum_ += weight * ((distance > 0 ? 1 - quantile_ : -quantile_) * distance);
    count_ += weight;
  }
  [[nodiscard]] std::optional<double> value() const override { return sum_ / count_; }

 private:
  const double quantile_;
  double sum_ = 0;
  double count_ = 0;
};

}  // namespace

std::unique_ptr<Metric> make_pinball_metric(const MetricInput& input) {
  return std::make_unique<Pinball>(*input.quantile);
}

}  // namespace forknet::nn
