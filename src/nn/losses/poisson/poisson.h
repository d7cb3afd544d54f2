// The negative logarithm of a Poisson distribution at t, without the terms that depend on t alone;
// outputs z are logarithms of rates (nn/losses/number_loss.h):
//   r = exp(z);  l = fma(-t, z, r);  e = r - t;  k = 1
// Targets are 0 or more; predictions are r.
#pragma once

#include "nn/losses/number_loss.h"

namespace forknet::nn {

[[nodiscard]] LossEntry poisson();

// The kernel of a target; the reference if this build has none for it.
template <class T>
[[nodiscard]] NumberKernel<T> poisson_kernel(math::Target target);

// The oracle: plain loops, one number after the other.
template <class T>
void poisson_reference(const LossArgs<T>& args, double setting);

}  // namespace forknet::nn
