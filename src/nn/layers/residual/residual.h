// Adds what a list of layers makes of an input to that input: y = x + f(x). Source: He, Zhang, Ren
// and Sun, "Deep Residual Learning for Image Recognition", arXiv:1512.03385 (2015). In the plan it
// is two layers with those of the list between them: the first ("residual") copies its inputs, the
// last ("residual_sum") adds the copy to what the list made of it. On the way back the last hands
// its errors to the list, and the first adds them to those that come out of the list. Operations in
// order: docs/numerics.md.
#pragma once

#include "nn/layer.h"

namespace forknet::nn {

[[nodiscard]] std::shared_ptr<const LayerKind> residual_layer();

}  // namespace forknet::nn
