// The best constant outputs for weighted targets, in ascending order (nn/loss.h).
#pragma once

#include <vector>

#include "nn/loss.h"

namespace forknet::nn {

// The least target with at least the share q of the weights at or below it: it minimises the
// quantile loss of q, and for q = 1/2 the absolute error (Koenker and Bassett 1978).
[[nodiscard]] double quantile_of(const std::vector<WeightedTarget>& targets, double q);

// The mean of loss(target), by the weights.
template <class LossOf>
[[nodiscard]] double mean_loss_of(const std::vector<WeightedTarget>& targets, LossOf loss) {
  double sum = 0;
  double weights = 0;
  for (const WeightedTarget& target : targets) {
    sum += target.weight * loss(target.value);
    weights += target.weight;
  }
  return sum / weights;
}

// The output at which slope(output) passes 0, between the least and the largest target. The slope
// does not fall.
template <class Slope>
[[nodiscard]] double zero_of(const std::vector<WeightedTarget>& targets, Slope slope) {
  double low = targets.front().value;
  double high = targets.back().value;
  constexpr int kHalvings = 40;  // to 2^-40 of the range
  for (int i = 0; i < kHalvings && low < high; ++i) {
    const double middle = low + (high - low) / 2;
    (slope(middle) < 0 ? low : high) = middle;
  }
  return low + (high - low) / 2;
}

}  // namespace forknet::nn
