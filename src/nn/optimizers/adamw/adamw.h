// AdamW (Loshchilov and Hutter 2019): Adam whose decay does not pass through the averages.
//   w' = the step of adam (adam_step.h) from fma(-lr * weight_decay, w, w)
// lr * weight_decay, lr being that of the schedule, is computed in double and rounded once.
#pragma once

#include "nn/optimizers/part.h"

namespace forknet::nn {

[[nodiscard]] OptimizerPart adamw_part();

// Vector kernels (adamw_kernels.cc).
[[nodiscard]] math::UpdateFunctions adamw_functions(math::Target target);

}  // namespace forknet::nn
