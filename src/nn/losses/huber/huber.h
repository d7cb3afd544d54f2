// The loss of Huber (1964), d = y - t, with its setting delta (nn/losses/number_loss.h):
//   |d| > delta:  l = delta * (|d| - 0.5 * delta),  e = delta with the sign of d
//   else:         l = (0.5 * d) * d,                e = d
// k = 1; delta is rounded to T once.
#pragma once

#include "nn/losses/number_loss.h"

namespace forknet::nn {

[[nodiscard]] LossEntry huber();

// The kernel of a target; the reference if this build has none for it.
template <class T>
[[nodiscard]] NumberKernel<T> huber_kernel(math::Target target);

// The oracle: plain loops, one number after the other.
template <class T>
void huber_reference(const LossArgs<T>& args, double setting);

}  // namespace forknet::nn
