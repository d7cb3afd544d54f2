#include "nn/parameters.h"

#include <cmath>
#include <vector>

#include "base/check.h"
#include "base/digest.h"
#include "math/element_kernels.h"

namespace forknet::nn {
namespace {

using math::kLanes;

// The number of weight (out, in), or with in = inputs of the bias of `out`, in the region.
std::size_t place(const LayerPlan& layer, std::size_t out, std::size_t in) {
  return layer.offset + (out / kLanes) * layer.panel_stride() + in * kLanes + out % kLanes;
}

// Variance of the first weights.
double variance(Init init, const LayerPlan& layer) {
  const auto in = static_cast<double>(layer.inputs);
  const auto out = static_cast<double>(layer.outputs);
  switch (init) {
    case Init::he_normal:
    case Init::he_uniform:
      return 2.0 / in;
    case Init::lecun_normal:
    case Init::lecun_uniform:
      return 1.0 / in;
    case Init::glorot_normal:
    case Init::glorot_uniform:
      return 2.0 / (in + out);
    case Init::zeros:
    case Init::automatic:
      return 0.0;
  }
  return 0.0;
}

bool is_uniform(Init init) {
  return init == Init::he_uniform || init == Init::lecun_uniform || init == Init::glorot_uniform;
}

template <class T>
void initialise_layer(const LayerPlan& layer, Init init, std::uint64_t seed, math::Target target,
                      std::span<T> region) {
  const auto& kernels = math::element_kernels<T>(target);
  const bool uniform = is_uniform(init);
  // A uniform number in [-b, b) has the variance b^2 / 3.
  const T factor = static_cast<T>(std::sqrt(variance(init, layer) * (uniform ? 3.0 : 1.0)));
  std::vector<T> row(layer.inputs);
  for (std::size_t out = 0; out < layer.outputs; ++out) {
    const auto fill = uniform ? kernels.uniforms : kernels.normals;
    fill(seed, static_cast<std::uint32_t>(layer.number), static_cast<std::uint32_t>(out), row);
    for (std::size_t in = 0; in < layer.inputs; ++in) {
      region[place(layer, out, in)] = row[in] * factor;
    }
  }
}

}  // namespace

template <class T>
void pack_layer(const LayerPlan& layer, std::span<const T> weight, std::span<const T> bias,
                std::span<T> region) {
  FORKNET_CHECK(weight.size() == layer.inputs * layer.outputs && bias.size() == layer.outputs);
  for (std::size_t i = 0; i < layer.numbers(); ++i) region[layer.offset + i] = 0;
  for (std::size_t out = 0; out < layer.outputs; ++out) {
    for (std::size_t in = 0; in < layer.inputs; ++in) {
      region[place(layer, out, in)] = weight[out * layer.inputs + in];
    }
    region[place(layer, out, layer.inputs)] = bias[out];
  }
}

template <class T>
void unpack_layer(const LayerPlan& layer, std::span<const T> region, std::span<T> weight,
                  std::span<T> bias) {
  FORKNET_CHECK(weight.size() == layer.inputs * layer.outputs && bias.size() == layer.outputs);
  for (std::size_t out = 0; out < layer.outputs; ++out) {
    for (std::size_t in = 0; in < layer.inputs; ++in) {
      weight[out * layer.inputs + in] = region[place(layer, out, in)];
    }
    bias[out] = region[place(layer, out, layer.inputs)];
  }
}

template <class T>
void initialise(const ModelPlan& plan, Init init, std::uint64_t seed, math::Target target,
                std::span<T> region) {
  FORKNET_CHECK(region.size() >= plan.numbers && init != Init::automatic);
  for (std::size_t i = 0; i < plan.numbers; ++i) region[i] = 0;
  if (init == Init::zeros) return;
  for (const LayerPlan& layer : plan.layers) {
    if (layer.is_dense()) initialise_layer(layer, init, seed, target, region);
  }
}

template <class T>
std::string parameter_digest(const ModelPlan& plan, std::span<const T> region) {
  Digest digest;
  std::vector<T> row;
  for (const LayerPlan& layer : plan.layers) {
    if (!layer.is_dense()) continue;
    row.resize(layer.inputs);
    for (std::size_t out = 0; out < layer.outputs; ++out) {
      for (std::size_t in = 0; in < layer.inputs; ++in) row[in] = region[place(layer, out, in)];
      digest.update(std::as_bytes(std::span<const T>(row)));
    }
    row.resize(layer.outputs);
    for (std::size_t out = 0; out < layer.outputs; ++out) {
      row[out] = region[place(layer, out, layer.inputs)];
    }
    digest.update(std::as_bytes(std::span<const T>(row)));
  }
  return digest.hex();
}

#define FORKNET_PARAMETERS(T)                                                                      \
  template void pack_layer<T>(const LayerPlan&, std::span<const T>, std::span<const T>,            \
                              std::span<T>);                                                       \
  template void unpack_layer<T>(const LayerPlan&, std::span<const T>, std::span<T>, std::span<T>); \
  template void initialise<T>(const ModelPlan&, Init, std::uint64_t, math::Target, std::span<T>);  \
  template std::string parameter_digest<T>(const ModelPlan&, std::span<const T>);
FORKNET_PARAMETERS(float)
FORKNET_PARAMETERS(double)
#undef FORKNET_PARAMETERS

}  // namespace forknet::nn
