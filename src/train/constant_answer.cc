#include "train/constant_answer.h"

#include <optional>
#include <span>
#include <vector>

#include "nn/target_sums.h"

namespace forknet::run {
namespace {

// The normalized weight of a row. `mean`: the mean of all weights.
double weight_of(const data::View& rows, std::uint32_t row, double mean) {
  const std::span<const float> weights = rows.table->sample_weights();
  return weights.empty() ? 1.0 : double{weights[row]} / mean;
}

std::vector<double> class_shares(const data::View& rows, std::size_t classes) {
  nn::ClassShares sums(classes);
  const std::span<const std::uint32_t> labels = rows.table->labels();
  const double mean = mean_weight(rows);
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    sums.add(labels[rows.row(i)], weight_of(rows, rows.row(i), mean));
  }
  return sums.shares(static_cast<double>(rows.size()));
}

// The best constant loss for the targets as the loss sees them: scaled, if the run scales them.
std::optional<double> loss_of_targets(const data::View& rows, const nn::Loss& loss,
                                      std::size_t outputs) {
  nn::TargetVariances sums(outputs);
  const std::span<const float> targets = rows.table->targets();
  const double mean = mean_weight(rows);
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    sums.add(targets.subspan(std::size_t{rows.row(i)} * outputs, outputs),
             weight_of(rows, rows.row(i), mean));
  }
  const std::vector<double> variances =
      sums.variances(static_cast<double>(rows.size()), rows.targets.factor);
  const std::vector<double> means = sums.means(rows.targets.offset, rows.targets.factor);
  return loss.constant_loss({{}, variances, means});
}

}  // namespace

double constant_answer_loss(const data::View& rows, const nn::ModelPlan& plan) {
  const nn::Loss& loss = *plan.loss;
  if (!loss.classifies() && !rows.table->targets().empty()) {
    return loss_of_targets(rows, loss, plan.outputs).value_or(0.0);
  }
  const std::vector<double> shares = class_shares(rows, plan.outputs);
  const std::vector<double> of_numbers = nn::variances_of_shares(shares);
  return loss.constant_loss({shares, of_numbers, shares}).value_or(0.0);
}

}  // namespace forknet::run
