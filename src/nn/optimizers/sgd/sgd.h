// Stochastic gradient descent: w' = fma(-lr, g, w).
#pragma once

#include <cstddef>

#include "nn/optimizers/part.h"

namespace forknet::nn {

// Of its rule, in this order.
struct SgdConstant {
  enum : std::size_t { kMinusLr };
};

[[nodiscard]] OptimizerPart sgd_part();

// Vector kernels (sgd_kernels.cc).
[[nodiscard]] math::UpdateFunctions sgd_functions(math::Target target);

}  // namespace forknet::nn
