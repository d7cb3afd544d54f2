// Mean absolute error, d = y - t (nn/losses/number_loss.h):
//   l = |d|;  e = 1 where d > 0, -1 where d < 0, else d;  k = 1
#pragma once

#include "nn/losses/number_loss.h"

namespace forknet::nn {

[[nodiscard]] LossEntry mae();

// The kernel of a target; the reference if this build has none for it.
template <class T>
[[nodiscard]] NumberKernel<T> mae_kernel(math::Target target);

// The oracle: plain loops, one number after the other.
template <class T>
void mae_reference(const LossArgs<T>& args, double setting);

}  // namespace forknet::nn
