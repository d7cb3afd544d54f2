// Adagrad (Duchi, Hazan and Singer 2011), as PyTorch writes it, eps outside the root:
//   s' = fma(g, g, s);  w' = w - (lr * g) / (sqrt(s') + eps)
#pragma once

#include <cstddef>

#include "nn/optimizers/part.h"

namespace forknet::nn {

// Of its rule, in this order.
struct AdagradConstant {
  enum : std::size_t { kLr, kEps };
};

[[nodiscard]] OptimizerPart adagrad_part();

// Vector kernels (adagrad_kernels.cc).
[[nodiscard]] math::UpdateFunctions adagrad_functions(math::Target target);

}  // namespace forknet::nn
