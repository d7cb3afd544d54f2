// The quantile (pinball) loss of Koenker and Bassett (1978), d = y - t, with its setting quantile q
// (nn/losses/number_loss.h):
//   s = 1 - q where d > 0, else -q;  l = s * d;  e = s, but d where d is 0 or a NaN;  k = 1
// q and 1 - q, a difference in binary64, are rounded to T once each.
#pragma once

#include "nn/losses/number_loss.h"

namespace forknet::nn {

[[nodiscard]] LossEntry quantile();

// The kernel of a target; the reference if this build has none for it.
template <class T>
[[nodiscard]] NumberKernel<T> quantile_kernel(math::Target target);

// The oracle: plain loops, one number after the other.
template <class T>
void quantile_reference(const LossArgs<T>& args, double setting);

}  // namespace forknet::nn
