// Converts parameters between their two forms: the region of panels that kernels use (model_plan.h)
// and the canonical form of files and digests: per dense layer the weights row-major (out, in),
// then the biases (out). T is float or double.
#pragma once

#include <forknet/config.h>

#include <cstdint>
#include <span>
#include <string>

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

// What `init` means in a model that learns class numbers, or numbers (docs/decisions/0033).
[[nodiscard]] constexpr Init chosen_init(Init init, bool classes) {
  if (init != Init::automatic) return init;
  return classes ? Init::he_normal : Init::glorot_uniform;
}

// First weights: row o of layer number l is stream (seed, Purpose::weights, l, o) of normal or
// uniform numbers times the deviation or bound of `init`; biases are zero.
//   he: 2 / in; lecun: 1 / in; glorot: 2 / (in + out) (variances). Sources: He et al. 2015; LeCun
//   et al. 1998; Glorot and Bengio 2010.
// `init` must not be automatic: resolve it with chosen_init().
template <class T>
void initialise(const ModelPlan& plan, Init init, std::uint64_t seed, math::Target target,
                std::span<T> region);

// XXH3-128 over all parameters in model order: each layer's weights row-major, then its biases.
template <class T>
[[nodiscard]] std::string parameter_digest(const ModelPlan& plan, std::span<const T> region);

}  // namespace forknet::nn
