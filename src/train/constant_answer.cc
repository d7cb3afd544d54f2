#include "train/constant_answer.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "nn/target_sums.h"

namespace forknet::run {
namespace {

// The normalized weight of a row. `mean`: the mean of all weights.
double weight_of(const data::View& rows, std::uint32_t row, double mean) {
  return rows.weight(row) / mean;
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

ConstantAnswer answer_to(const nn::Loss& loss, const nn::TargetSummary& summary) {
  const auto constant = loss.constant_loss(summary);
  return constant ? ConstantAnswer{*constant, loss.least_loss(summary)} : ConstantAnswer{};
}

// The targets of a unit as the loss sees them, in ascending order.
std::vector<nn::WeightedTarget> ordered_targets(const data::View& rows, std::size_t outputs,
                                                std::size_t unit) {
  const std::span<const float> targets = rows.table->targets();
  const data::Scaling& scaling = rows.targets;
  const std::size_t at = scaling.offset.size() == 1 ? 0 : unit;
  const double mean = mean_weight(rows);
  std::vector<nn::WeightedTarget> ordered(rows.size());
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    const double target{targets[std::size_t{rows.row(i)} * outputs + unit]};
    ordered[i] = {(target - double{scaling.offset[at]}) * double{scaling.factor[at]},
                  weight_of(rows, rows.row(i), mean)};
  }
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const auto& a, const auto& b) { return a.value < b.value; });
  return ordered;
}

// The best constant loss for the targets as the loss sees them: scaled, if the run scales them.
ConstantAnswer answer_to_targets(const data::View& rows, const nn::Loss& loss,
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
  return answer_to(loss, {{}, variances, means, [&](std::size_t unit) {
                            return ordered_targets(rows, outputs, unit);
                          }});
}

}  // namespace

ConstantAnswer constant_answer(const data::View& rows, const nn::ModelPlan& plan) {
  const nn::Loss& loss = *plan.loss;
  if (!loss.classifies() && !rows.table->targets().empty()) {
    return answer_to_targets(rows, loss, plan.outputs);
  }
  const std::vector<double> shares = class_shares(rows, plan.outputs);
  const std::vector<double> of_numbers = nn::variances_of_shares(shares);
  return answer_to(
      loss, {shares, of_numbers, shares, [&](std::size_t unit) {
               return std::vector<nn::WeightedTarget>{{0.0, 1 - shares[unit]}, {1.0, shares[unit]}};
             }});
}

}  // namespace forknet::run
