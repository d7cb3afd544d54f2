// How fast this core multiplies and adds when nothing else limits it: the yardstick that kernels
// are measured against.
#pragma once

#include "math/target.h"

namespace forknet::math {

// Billions of floating-point operations a second (a fused multiply-add counts as two) of
// independent fp32 chains in registers, the best of several short runs on the calling thread. 0 for
// the reference, which has no such instruction.
[[nodiscard]] double measure_fma_peak(Target target);

}  // namespace forknet::math
