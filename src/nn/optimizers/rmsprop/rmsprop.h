// RMSprop (Hinton, Neural Networks for Machine Learning, lecture 6e, 2012), as PyTorch writes it,
// eps outside the root:
//   v' = fma(alpha, v, ((1-alpha) * g) * g);  w' = w - (lr * g) / (sqrt(v') + eps)
// 1-alpha is computed in double and rounded once.
#pragma once

#include <cstddef>

#include "nn/optimizers/part.h"

namespace forknet::nn {

// Of its rule, in this order.
struct RmspropConstant {
  enum : std::size_t { kAlpha, kOneMinusAlpha, kLr, kEps };
};

[[nodiscard]] OptimizerPart rmsprop_part();

// Vector kernels (rmsprop_kernels.cc).
[[nodiscard]] math::UpdateFunctions rmsprop_functions(math::Target target);

}  // namespace forknet::nn
