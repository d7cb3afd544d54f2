// Binary cross-entropy of each output by itself; outputs z are logits, targets t lie from 0 to 1
// (nn/losses/number_loss.h):
//   l = fma(-t, z, z where z > 0, else 0) + log(1 + exp(-|z|));  e = sigmoid(z) - t;  k = 1
// Predictions are sigmoid(z).
#pragma once

#include "nn/losses/number_loss.h"

namespace forknet::nn {

[[nodiscard]] LossEntry binary_cross_entropy();

// The kernel of a target; the reference if this build has none for it.
template <class T>
[[nodiscard]] NumberKernel<T> binary_cross_entropy_kernel(math::Target target);

// The oracle: plain loops, one number after the other.
template <class T>
void binary_cross_entropy_reference(const LossArgs<T>& args, double setting);

}  // namespace forknet::nn
