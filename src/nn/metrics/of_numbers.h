// A metric of pairs of numbers, an output and its target, in the original units of the targets.
#pragma once

#include "nn/metric.h"

namespace forknet::nn {

// Own::add_number(output, target, weight) is called for all outputs of all rows, in row order.
template <class Own>
class MetricOfNumbers : public Metric {
 public:
  void add(const MetricRows<float>& rows) final { add_rows(rows); }
  void add(const MetricRows<double>& rows) final { add_rows(rows); }

 private:
  template <class T>
  void add_rows(const MetricRows<T>& rows) {
    for (std::size_t row = 0; row < rows.outputs.rows; ++row) {
      const double weight = rows.weight(row);
      for (std::size_t unit = 0; unit < rows.outputs.columns; ++unit) {
        const double target = rows.in_units(rows.targets.at(row, unit), unit);
        const double output = rows.in_units(rows.outputs.at(row, unit), unit);
        static_cast<Own&>(*this).add_number(output, target, weight);
      }
    }
  }
};

[[nodiscard]] inline bool learns_numbers(const MetricInput& input) {
  return input.target == TargetKind::numbers;
}

}  // namespace forknet::nn
