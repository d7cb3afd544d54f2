// A metric of a value that follows from the sums of rows (row_sums.h).
#pragma once

#include "nn/metric.h"

namespace forknet::nn {

template <double (*kValue)(const RowSums& sums)>
class MetricOfSums final : public Metric {
 public:
  void add(const MetricRows<float>& rows) override { sums_.add(rows.sums); }
  void add(const MetricRows<double>& rows) override { sums_.add(rows.sums); }
  [[nodiscard]] std::optional<double> value() const override { return kValue(sums_); }

 private:
  RowSums sums_;
};

}  // namespace forknet::nn
