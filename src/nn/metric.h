// The interface of metrics: what an evaluation says of a model. A part is a pair of files in
// src/nn/metrics, named in metrics/list.cc; evaluator, reports and checkpoint.best ask the list.
//
// Sums over rows are taken in double, in the order of the rows, so that a value depends on model
// and data alone. Training computes those metrics that it shows (in_training) and the one of
// checkpoint.best; Model::evaluate() computes all.
#pragma once

#include <forknet/loss.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "math/panels.h"
#include "nn/row_sums.h"

namespace forknet::nn {

// The next rows of a data set, in their order. T: float or double.
template <class T>
struct MetricRows {
  RowSums sums;                           // of these rows
  math::PanelView<const T> outputs;       // (rows, units), predictions
  math::PanelView<const T> targets;       // (rows, units), of a loss of numbers; else no data
  const std::uint32_t* labels = nullptr;  // (rows), or null
  // (rows), of rows with labels: where the outputs have the label (metrics/classes/ranks.h).
  const std::uint32_t* ranks = nullptr;
  const std::uint32_t* predicted = nullptr;
  const T* sample_weights = nullptr;  // (rows); null: all weights are 1
  // Of targets, as trained on: x = (v - offset) * factor; one for each unit, or one for all.
  std::span<const float> offset;
  std::span<const float> factor;

  [[nodiscard]] double weight(std::size_t row) const {
    return sample_weights == nullptr ? 1.0 : static_cast<double>(sample_weights[row]);
  }
  // A target or an output in the original units of the targets.
  [[nodiscard]] double in_units(T x, std::size_t unit) const {
    const std::size_t at = offset.size() == 1 ? 0 : unit;
    return static_cast<double>(x) / double{factor[at]} + double{offset[at]};
  }
};

// One evaluation's sums.
class Metric {
 public:
  virtual ~Metric() = default;
  virtual void add(const MetricRows<float>& rows) = 0;
  virtual void add(const MetricRows<double>& rows) = 0;
  // Nothing: these rows have no such value.
  [[nodiscard]] virtual std::optional<double> value() const = 0;
};

// What is evaluated, as far as a metric's being defined depends on it.
struct MetricInput {
  TargetKind target = TargetKind::classes;
  std::size_t units = 1;
  bool labelled = false;                // rows have class numbers, also under a loss of numbers
  bool probabilities = false;           // predictions are probabilities
  std::optional<double> quantile = {};  // that the loss looks for
  std::size_t rows = 0;                 // of the whole set

  // Rows have classes: the loss takes them, or they stand for numbers of several units.
  [[nodiscard]] constexpr bool has_classes() const {
    return target == TargetKind::classes || (units > 1 && labelled);
  }
};

// What the list says of each.
struct MetricEntry {
  std::string_view name;
  bool larger_is_better = false;
  bool is_share = false;  // texts show it in percent
  // Shown by training. Of rows with classes it has nothing but MetricRows::sums and labels.
  bool in_training = false;
  std::string_view
      condition;  // why others have none: "only rows with class labels have an accuracy"
  bool (*applies)(const MetricInput& input) = nullptr;
  std::unique_ptr<Metric> (*make)(const MetricInput& input) = nullptr;
  // Bytes that it keeps while a set is evaluated, numbers having `number_bytes`; null: next to
  // none.
  std::size_t (*kept_bytes)(const MetricInput& input, std::size_t number_bytes) = nullptr;
};

}  // namespace forknet::nn
