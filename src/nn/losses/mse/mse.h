// Mean squared error of numbers, y being outputs and t targets, d = y - t:
//   loss of a row = (sum over outputs of d^2) * (1 / outputs): lane = fma(d, d, lane), 16 lanes and
//                   the tree;
//   dz = (d * (2 / outputs)) through the activation's backward line;
// both times the row's weight (docs/numerics.md).
#pragma once

#include "nn/loss.h"

namespace forknet::nn {

[[nodiscard]] LossEntry mse();

template <class T>
using MseKernel = void (*)(const LossArgs<T>&);

// The kernel of a target, all but hits; the reference if this build has none for it.
template <class T>
[[nodiscard]] MseKernel<T> mse_kernel(math::Target target);

// The oracle: plain loops, one number after the other.
template <class T>
void mse_reference(const LossArgs<T>& args);

}  // namespace forknet::nn
