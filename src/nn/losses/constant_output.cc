#include "nn/losses/constant_output.h"

namespace forknet::nn {

double quantile_of(const std::vector<WeightedTarget>& targets, double q) {
  double all = 0;
  for (const WeightedTarget& target : targets) all += target.weight;
  double below = 0;
  for (const WeightedTarget& target : targets) {
    below += target.weight;
    if (below >= q * all) return target.value;
  }
  return targets.back().value;
}

}  // namespace forknet::nn
