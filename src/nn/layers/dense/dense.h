// The fully connected layer: outputs = activation(inputs · weights + biases).
#pragma once

#include "nn/layer.h"

namespace forknet::nn {

[[nodiscard]] std::shared_ptr<const LayerKind> dense_layer();

}  // namespace forknet::nn
