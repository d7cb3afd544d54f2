// Turns inputs that are whole-number codes (categories, tokens) into learned vectors: row `code` of
// a table. The first layer of a model only. Outputs: the vectors in the order of `columns`, then
// the inputs that are no codes. Operations in order: docs/numerics.md.
#pragma once

#include "nn/layer.h"

namespace forknet::nn {

[[nodiscard]] std::shared_ptr<const LayerKind> embedding_layer();

}  // namespace forknet::nn
