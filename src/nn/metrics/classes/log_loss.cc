#include "nn/metrics/classes/log_loss.h"

#include <limits>

#include "math/scalar_functions.h"

namespace forknet::nn {
namespace {

class LogLoss final : public Metric {
 public:
  void add(const MetricRows<float>& rows) override { add_rows(rows); }
  void add(const MetricRows<double>& rows) override { add_rows(rows); }
  [[nodiscard]] std::optional<double> value() const override { return sum_ / all_; }

 private:
  template <class T>
  void add_rows(const MetricRows<T>& rows) {
    for (std::size_t row = 0; row < rows.outputs.rows; ++row) {
      T p = rows.outputs.at(row, rows.labels[row]);
      if (p < std::numeric_limits<T>::min()) p = std::numeric_limits<T>::min();  // a NaN stays
      sum_ -= rows.weight(row) * math::natural_log(static_cast<double>(p));
      all_ += rows.weight(row);
    }
  }

  double sum_ = 0;
  double all_ = 0;
};

}  // namespace

std::unique_ptr<Metric> make_log_loss_metric(const MetricInput&) {
  return std::make_unique<LogLoss>();
}

}  // namespace forknet::nn
