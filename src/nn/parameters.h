// Converts parameters between their two forms: the region of panels that kernels use (model_plan.h)
// and the canonical form of files and digests: per dense layer the weights row-major (out, in),
// then the biases (out). T is float or double.
#pragma once

#include <forknet/config.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "math/target.h"
#include "nn/model_plan.h"

namespace forknet::nn {

// Canonical -> region; lanes past the last output become zero. Sizes: weight = out * in, bias =
// out.
template <class T>
void pack_layer(const LayerPlan& layer, std::span<const T> weight, std::span<const T> bias,
                std::span<T> region);

// Region -> canonical.
template <class T>
void unpack_layer(const LayerPlan& layer, std::span<const T> region, std::span<T> weight,
                  std::span<T> bias);

// First weights: row o of layer number l is stream (seed, Purpose::weights, l, o) of the numbers of
// the distribution of that name (inits/list.h, not "auto"); biases are zero.
template <class T>
void initialise(const ModelPlan& plan, std::string_view init, std::uint64_t seed,
                math::Target target, std::span<T> region);

// XXH3-128 over all parameters in model order: each layer's weights row-major, then its biases.
template <class T>
[[nodiscard]] std::string parameter_digest(const ModelPlan& plan, std::span<const T> region);

}  // namespace forknet::nn
