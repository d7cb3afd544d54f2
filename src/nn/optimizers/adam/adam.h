// Adam (Kingma and Ba 2015):
//   m' = fma(beta1, m, (1-beta1) * g);  v' = fma(beta2, v, ((1-beta2) * g) * g)
//   w' = w - (step_size * m') / (sqrt(v') * v_scale + eps), sqrt, / and + rounded each
// step_size = lr / (1 - beta1^t), v_scale = 1 / sqrt(1 - beta2^t), t counting from 1, both computed
// in double and rounded once; 1-beta likewise.
#pragma once

#include "nn/optimizers/part.h"

namespace forknet::nn {

[[nodiscard]] OptimizerPart adam_part();

// Vector kernels (adam_kernels.cc).
[[nodiscard]] math::UpdateFunctions adam_functions(math::Target target);

}  // namespace forknet::nn
