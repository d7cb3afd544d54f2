// Lion (Chen et al. 2023, Symbolic Discovery of Optimization Algorithms), its decay apart from the
// gradient:
//   c = fma(beta1, m, (1-beta1) * g);  m' = fma(beta2, m, (1-beta2) * g)
//   w' = fma(-lr * weight_decay, w, w) - lr * sign(c)
// sign(c) is 1, -1 or, for zero, 0; where c is NaN, so is w'. 1-beta and lr * weight_decay are
// computed in double and rounded once.
#pragma once

#include <cstddef>

#include "nn/optimizers/part.h"

namespace forknet::nn {

// Of its rule, in this order.
struct LionConstant {
  enum : std::size_t { kBeta1, kBeta2, kOneMinusBeta1, kOneMinusBeta2, kLr, kMinusDecay };
};

[[nodiscard]] OptimizerPart lion_part();

// Vector kernels (lion_kernels.cc).
[[nodiscard]] math::UpdateFunctions lion_functions(math::Target target);

}  // namespace forknet::nn
