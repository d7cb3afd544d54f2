#include "run/constant_answer.h"

#include <cmath>
#include <span>
#include <vector>

namespace forknet::run {
namespace {

// How many rows are of each class.
std::vector<double> class_counts(const data::View& rows, std::size_t classes) {
  std::vector<double> counts(classes);
  const std::span<const std::uint32_t> labels = rows.table->labels();
  for (std::uint32_t i = 0; i < rows.size(); ++i) ++counts[labels[rows.row(i)]];
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

double variance_of_targets(const data::View& rows, std::size_t outputs) {
  const std::span<const float> targets = rows.table->targets();
  std::vector<double> mean(outputs);
  std::vector<double> squares(outputs);  // of the distances from the mean so far (Welford)
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    const auto row = targets.subspan(std::size_t{rows.row(i)} * outputs, outputs);
    for (std::size_t k = 0; k < outputs; ++k) {
      const double from = row[k] - mean[k];
      mean[k] += from / (i + 1.0);
      squares[k] += from * (row[k] - mean[k]);
    }
  }
  double sum = 0;
  for (const double square : squares) sum += square / static_cast<double>(rows.size());
  return sum / static_cast<double>(outputs);
}

}  // namespace

double constant_answer_loss(const data::View& rows, const nn::ModelPlan& plan) {
  if (plan.classifies()) return entropy_of_classes(rows, plan.outputs);
  if (rows.table->targets().empty()) return variance_of_labels(rows, plan.outputs);
  return variance_of_targets(rows, plan.outputs);
}

}  // namespace forknet::run
