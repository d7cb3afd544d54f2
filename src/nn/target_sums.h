// Sums over the targets of a data set, by the weights of its rows, from which a loss knows the best
// constant outputs (nn/loss.h). In double, in the order of the rows.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace forknet::nn {

class ClassShares {
 public:
  explicit ClassShares(std::size_t classes) : sums_(classes) {}
  void add(std::size_t label, double weight) { sums_[label] += weight; }
  // By class; `all`: the sum of the weights.
  [[nodiscard]] std::vector<double> shares(double all) const;

 private:
  std::vector<double> sums_;
};

// Mean and variance of each target, by running means (Welford, with West's weights).
class TargetVariances {
 public:
  explicit TargetVariances(std::size_t targets) : means_(targets), squares_(targets) {}
  void add(std::span<const float> row, double weight);
  // Of targets times `factors`, one for each or one for all; `all`: the sum of the weights.
  [[nodiscard]] std::vector<double> variances(double all, std::span<const float> factors) const;
  // Of (target - offset) * factor, one of these for each or one for all.
  [[nodiscard]] std::vector<double> means(std::span<const float> offsets,
                                          std::span<const float> factors) const;

 private:
  double count_ = 0;
  std::vector<double> means_;
  std::vector<double> squares_;  // of the distances from the mean so far
};

// The variances of the numbers that stand for classes: 1 at the class, else 0.
[[nodiscard]] std::vector<double> variances_of_shares(const std::vector<double>& shares);

}  // namespace forknet::nn
