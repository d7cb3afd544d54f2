// What embedding.h computes.
#pragma once

#include <memory>

#include "nn/layer.h"

namespace forknet::nn {

// T is float or double.
template <class T>
[[nodiscard]] std::unique_ptr<Layer<T>> make_embedding(const LayerPlan& plan, math::Target target);

}  // namespace forknet::nn
