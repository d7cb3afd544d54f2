#include "nn/losses/binary_cross_entropy/binary_cross_entropy.h"

#include <cmath>

namespace forknet::nn {
namespace {

constexpr const char* kBinaryLoss = "binary_cross_entropy";

// Of a share of ones, in nats.
double entropy(const UnitTargets& targets, double) {
  const double mean = targets.mean;
  if (mean <= 0 || mean >= 1) return 0.0;
  return -mean * std::log(mean) - (1 - mean) * std::log1p(-mean);
}

}  // namespace

LossEntry binary_cross_entropy() {
  return {kBinaryLoss, {}, [](const Settings&) {
            return number_loss({.name = kBinaryLoss,
                                .kernels = {binary_cross_entropy_kernel<float>,
                                            binary_cross_entropy_kernel<double>},
                                .targets = TargetRange{0.0, 1.0},
                                .link = math::Function::sigmoid,
                                .probabilities = true,
                                .constant_loss = entropy});
          }};
}

}  // namespace forknet::nn
