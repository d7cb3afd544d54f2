// Gradient descent with Nesterov's momentum, as PyTorch writes it (Sutskever, Martens, Dahl and
// Hinton 2013):
//   m' = fma(momentum, m, g);  w' = fma(-lr, fma(momentum, m', g), w)
#pragma once

#include <cstddef>

#include "nn/optimizers/part.h"

namespace forknet::nn {

// Of its rule, in this order.
struct NesterovConstant {
  enum : std::size_t { kMomentum, kMinusLr };
};

[[nodiscard]] OptimizerPart nesterov_part();

// Vector kernels (nesterov_kernels.cc).
[[nodiscard]] math::UpdateFunctions nesterov_functions(math::Target target);

}  // namespace forknet::nn
