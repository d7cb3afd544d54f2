#include "train/constant_answer.h"

#include <cmath>
#include <span>
#include <vector>

namespace forknet::run {
namespace {

// The normalized weight of a row. `mean`: the mean of all weights.
double weight_of(const data::View& rows, std::uint32_t row, double mean) {
  const std::span<const float> weights = rows.table->sample_weights();
  return weights.empty() ? 1.0 : double{weights[row]} / mean;
}

// The sum of row weights in each class.
std::vector<double> class_counts(const data::View& rows, std::size_t classes) {
  std::vector<double> counts(classes);
  const std::span<const std::uint32_t> labels = rows.table->labels();
  const double mean = mean_weight(rows);
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    counts[labels[rows.row(i)]] += weight_of(rows, rows.row(i), mean);
  }
  return counts;
}

double entropy_of_classes(const data::View& rows, std::size_t classes) {
  const auto all = static_cast<double>(rows.size());
  double entropy = 0;
  for (const double count : class_counts(rows, classes)) {
    if (count > 0) entropy -= count / all * std::log(count / all);
  }
  return entropy;
}

// Labels stand for one-hot rows.
double variance_of_labels(const data::View& rows, std::size_t outputs) {
  const auto all = static_cast<double>(rows.size());
  double sum = 0;
  for (const double count : class_counts(rows, outputs)) sum += count / all * (1 - count / all);
  return sum / static_cast<double>(outputs);
}

// The variance of the targets as the loss sees them: scaled, if the run scales its targets.
double variance_of_targets(const data::View& rows, std::size_t outputs) {
  const std::span<const float> targets = rows.table->targets();
  std::vector<double> mean(outputs);
  std::vector<double> squares(outputs);  // of the distances from the mean so far (Welford)
  const double mean_of_weights = mean_weight(rows);
  double count = 0;
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    const double weight = weight_of(rows, rows.row(i), mean_of_weights);
    count += weight;
    const auto row = targets.subspan(std::size_t{rows.row(i)} * outputs, outputs);
    if (i == 0) mean.assign(row.begin(), row.end());  // exact, so that a constant has variance 0
    for (std::size_t k = 0; k < outputs; ++k) {
      const double from = row[k] - mean[k];
      mean[k] += weight * from / count;
      squares[k] += weight * from * (row[k] - mean[k]);
    }
  }
  double sum = 0;
  const std::vector<float>& factors = rows.targets.factor;
  for (std::size_t k = 0; k < outputs; ++k) {
    const double factor{factors[factors.size() == 1 ? 0 : k]};
    sum += squares[k] * (factor * factor) / static_cast<double>(rows.size());
  }
  return sum / static_cast<double>(outputs);
}

}  // namespace

double constant_answer_loss(const data::View& rows, const nn::ModelPlan& plan) {
  if (plan.classifies()) return entropy_of_classes(rows, plan.outputs);
  if (rows.table->targets().empty()) return variance_of_labels(rows, plan.outputs);
  return variance_of_targets(rows, plan.outputs);
}

}  // namespace forknet::run
