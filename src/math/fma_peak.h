// The peak speed of multiply-adds on this core: the yardstick for kernels.
#pragma once

#include "math/target.h"

namespace forknet::math {

// Billions of floating-point operations per second (a fused multiply-add counts as two) of
// independent fp32 chains in registers: the best of several short runs on the calling thread. 0 for
// the reference, which has no such instruction.
[[nodiscard]] double measure_fma_peak(Target target);

}  // namespace forknet::math
