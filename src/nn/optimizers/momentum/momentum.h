// Gradient descent with momentum, as PyTorch writes it (Polyak 1964):
//   m' = fma(momentum, m, g);  w' = fma(-lr, m', w)
#pragma once

#include <cstddef>

#include "nn/optimizers/part.h"

namespace forknet::nn {

// Of its rule, in this order.
struct MomentumConstant {
  enum : std::size_t { kMomentum, kMinusLr };
};

[[nodiscard]] OptimizerPart momentum_part();

// Vector kernels (momentum_kernels.cc).
[[nodiscard]] math::UpdateFunctions momentum_functions(math::Target target);

}  // namespace forknet::nn
