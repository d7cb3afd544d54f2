// Normalises each row to mean 0 and variance 1 over its features, then scales and shifts each
// feature by learned numbers ("weight", at first 1, and "bias", at first 0). Source: Ba, Kiros and
// Hinton, "Layer Normalization", arXiv:1607.06450 (2016). Operations in order: docs/numerics.md.
#pragma once

#include "nn/layer.h"

namespace forknet::nn {

[[nodiscard]] std::shared_ptr<const LayerKind> layer_norm_layer();

}  // namespace forknet::nn
