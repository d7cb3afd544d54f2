#include "nn/metrics/r2.h"

namespace forknet::nn {
namespace {

class R2 final : public MetricOfNumbers<R2> {
 public:
  void add_number(double output, double target, double weight) {
    const double error = output - target;
    squares_ += weight * (error * error);
    // The running mean and squared deviation of the targets: Welford's, with West's weights
    // (D. West, Updating mean and variance estimates, 1979).
    if (count_ == 0) mean_ = target;  // exact, so that a constant has deviation 0
    count_ += weight;
    const double before = target - mean_;
    mean_ += weight * before / count_;
    deviation_ += weight * (before * (target - mean_));
  }
  [[nodiscard]] std::optional<double> value() const override {
    if (!(deviation_ > 0)) return std::nullopt;
    return 1.0 - squares_ / deviation_;
  }

 private:
  double squares_ = 0;
  double count_ = 0;
  double mean_ = 0;
  double deviation_ = 0;
};

}  // namespace

std::unique_ptr<Metric> make_r2_metric(const MetricInput&) { return std::make_unique<R2>(); }

}  // namespace forknet::nn
