#include "nn/metrics/rmse.h"

#include <cmath>

namespace forknet::nn {
namespace {

class Rmse final : public MetricOfNumbers<Rmse> {
 public:
  void add_number(double output, double target, double weight) {
    const double error = output - target;
    squares_ += weight * (error * error);
    count_ += weight;
  }
  [[nodiscard]] std::optional<double> value() const override {
    return std::sqrt(squares_ / count_);
  }

 private:
  double squares_ = 0;
  double count_ = 0;
};

}  // namespace

std::unique_ptr<Metric> make_rmse_metric(const MetricInput&) { return std::make_unique<Rmse>(); }

}  // namespace forknet::nn
