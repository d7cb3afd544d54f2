// Sets each number to zero with a probability while training, and scales the others up. Source:
// Srivastava et al. 2014. The factors are a function of seed, sample, step, layer and unit
// (docs/numerics.md).
#pragma once

#include "nn/layer.h"

namespace forknet::nn {

[[nodiscard]] std::shared_ptr<const LayerKind> dropout_layer();

}  // namespace forknet::nn
