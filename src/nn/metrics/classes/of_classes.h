// What metrics of rows with classes share.
#pragma once

#include "nn/metric.h"

namespace forknet::nn {

[[nodiscard]] constexpr bool rows_have_classes(const MetricInput& input) {
  return input.has_classes();
}

// Own::add_class(label, rank, predicted, weight) is called for all rows, in their order (ranks.h).
template <class Own>
class MetricOfClasses : public Metric {
 public:
  void add(const MetricRows<float>& rows) final { add_rows(rows); }
  void add(const MetricRows<double>& rows) final { add_rows(rows); }

 private:
  template <class T>
  void add_rows(const MetricRows<T>& rows) {
    for (std::size_t row = 0; row < rows.outputs.rows; ++row) {
      static_cast<Own&>(*this).add_class(rows.labels[row], rows.ranks[row], rows.predicted[row],
                                         rows.weight(row));
    }
  }
};

}  // namespace forknet::nn
