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

// The share of each class in the sum of row weights.
std::vector<double> class_shares(const data::View& rows, std::size_t classes) {
  std::vector<double> shares(classes);
  const std::span<const std::uint32_t> labels = rows.table->labels();
  const double mean = mean_weight(rows);
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    shares[labels[rows.row(i)]] += weight_of(rows, rows.row(i), mean);
  }
  for (double& share : shares) share /= static_cast<double>(rows.size());
  return shares;
}

// Labels stand for one-hot rows.
std::vector<double> variances_of_labels(const std::vector<double>& shares) {
  std::vector<double> variances;
  for (const double share : shares) variances.push_back(share * (1 - share));
  return variances;
}

// The variances of the targets as the loss sees them: scaled, if the run scales its targets.
std::vector<double> variances_of_targets(const data::View& rows, std::size_t outputs) {
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
  const std::vector<float>& factors = rows.targets.factor;
  for (std::size_t k = 0; k < outputs; ++k) {
    const double factor{factors[factors.size() == 1 ? 0 : k]};
    squares[k] = squares[k] * (factor * factor) / static_cast<double>(rows.size());
  }
  return squares;
}

}  // namespace

double constant_answer_loss(const data::View& rows, const nn::ModelPlan& plan) {
  const bool labelled = plan.loss->classifies() || rows.table->targets().empty();
  std::vector<double> shares;
  if (labelled) shares = class_shares(rows, plan.outputs);
  std::vector<double> variances;
  if (!plan.loss->classifies()) {
    variances = labelled ? variances_of_labels(shares) : variances_of_targets(rows, plan.outputs);
  }
  return plan.loss->constant_loss({shares, variances}).value_or(0.0);
}

}  // namespace forknet::run
