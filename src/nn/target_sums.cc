#include "nn/target_sums.h"

namespace forknet::nn {

std::vector<double> ClassShares::shares(double all) const {
  std::vector<double> shares = sums_;
  for (double& share : shares) share /= all;
  return shares;
}

void TargetVariances::add(std::span<const float> row, double weight) {
  // Exact, so that a constant has variance 0.
  if (count_ == 0) means_.assign(row.begin(), row.end());
  count_ += weight;
  for (std::size_t k = 0; k < row.size(); ++k) {
    const double from = row[k] - means_[k];
    means_[k] += weight * from / count_;
    squares_[k] += weight * from * (row[k] - means_[k]);
  }
}

std::vector<double> TargetVariances::variances(double all, std::span<const float> factors) const {
  std::vector<double> variances = squares_;
  for (std::size_t k = 0; k < variances.size(); ++k) {
    const double factor{factors[factors.size() == 1 ? 0 : k]};
    variances[k] = variances[k] * (factor * factor) / all;
  }
  return variances;
}

std::vector<double> TargetVariances::means(std::span<const float> offsets,
                                           std::span<const float> factors) const {
  std::vector<double> means = means_;
  for (std::size_t k = 0; k < means.size(); ++k) {
    means[k] = (means[k] - double{offsets[offsets.size() == 1 ? 0 : k]}) *
               double{factors[factors.size() == 1 ? 0 : k]};
  }
  return means;
}

std::vector<double> variances_of_shares(const std::vector<double>& shares) {
  std::vector<double> variances;
  for (const double share : shares) variances.push_back(share * (1 - share));
  return variances;
}

}  // namespace forknet::nn
