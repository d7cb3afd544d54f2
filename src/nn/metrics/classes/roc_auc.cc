#include "nn/metrics/classes/roc_auc.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace forknet::nn {
namespace {

template <class T>
struct Score {
  T output;
  std::uint32_t row;
  bool operator<(const Score& other) const {
    return output < other.output || (output == other.output && row < other.row);
  }
};

class RocAuc final : public Metric {
 public:
  explicit RocAuc(const MetricInput& input)
      : columns_(scores_of_row(input)),
        first_(input.units - columns_),
        labelled_(input.has_classes()),
        rows_(input.rows) {}
  void add(const MetricRows<float>& rows) override { add_rows(rows, floats_); }
  void add(const MetricRows<double>& rows) override { add_rows(rows, doubles_); }
  [[nodiscard]] std::optional<double> value() const override {
    return floats_.empty() ? mean_area(doubles_) : mean_area(floats_);
  }

 private:
  template <class T>
  void add_rows(const MetricRows<T>& rows, std::vector<T>& outputs) {
    if (outputs.empty()) outputs.reserve(rows_ * columns_);
    for (std::size_t row = 0; row < rows.outputs.rows; ++row) {
      for (std::size_t unit = first_; unit < first_ + columns_; ++unit) {
        outputs.push_back(rows.outputs.at(row, unit));
        numbers_ = numbers_ && !std::isnan(outputs.back());
        positive_.push_back(is_positive(rows, row, unit));
      }
      if (rows.sample_weights != nullptr) weights_.push_back(rows.weight(row));
    }
  }

  template <class T>
  bool is_positive(const MetricRows<T>& rows, std::size_t row, std::size_t unit) {
    if (labelled_) return rows.labels[row] == unit;
    const T target = rows.targets.at(row, unit);
    flags_ = flags_ && (target == T{0} || target == T{1});
    return target == T{1};
  }

  template <class T>
  std::optional<double> mean_area(const std::vector<T>& outputs) const {
    if (!flags_) return std::nullopt;
    if (!numbers_) return std::numeric_limits<double>::quiet_NaN();
    double sum = 0;
    std::size_t count = 0;
    std::vector<Score<T>> scores(outputs.size() / columns_);
    for (std::size_t column = 0; column < columns_; ++column) {
      for (std::uint32_t row = 0; row < scores.size(); ++row) {
        scores[row] = {outputs[row * columns_ + column], row};
      }
      std::sort(scores.begin(), scores.end());
      const auto area = area_of<T>(scores, column);
      sum += area.value_or(0.0);
      count += area ? 1 : 0;
    }
    if (count == 0) return std::nullopt;
    return sum / static_cast<double>(count);
  }

  // Pairs of a positive and a negative row, in ascending order: those with the negative one below,
  // and half of those at the same output. Whole numbers are exact.
  template <class T>
  std::optional<double> area_of(const std::vector<Score<T>>& scores, std::size_t column) const {
    double pairs = 0;  // twice their number
    double positives = 0;
    double negatives = 0;
    for (std::size_t begin = 0; begin < scores.size();) {
      double positive = 0;
      double negative = 0;
      std::size_t end = begin;
      for (; end < scores.size() && scores[end].output == scores[begin].output; ++end) {
        const std::size_t row = scores[end].row;
        const double weight = weights_.empty() ? 1.0 : weights_[row];
        (positive_[row * columns_ + column] ? positive : negative) += weight;
      }
      pairs += positive * (2 * negatives + negative);
      positives += positive;
      negatives += negative;
      begin = end;
    }
    if (!(positives > 0) || !(negatives > 0)) return std::nullopt;
    return pairs / (2 * positives * negatives);
  }

  const std::size_t columns_;
  const std::size_t first_;  // unit
  const bool labelled_;
  const std::size_t rows_;
  bool numbers_ = true;          // no output is a NaN
  bool flags_ = true;            // all targets are 0 or 1
  std::vector<float> floats_;    // (rows, columns); this,
  std::vector<double> doubles_;  // or this
  std::vector<bool> positive_;   // (rows, columns)
  std::vector<double> weights_;  // (rows), if they have any
};

}  // namespace

std::unique_ptr<Metric> make_roc_auc_metric(const MetricInput& input) {
  return std::make_unique<RocAuc>(input);
}

}  // namespace forknet::nn
