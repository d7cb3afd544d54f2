#include "nn/parameters.h"

#include <vector>

#include "base/check.h"
#include "base/digest.h"
#include "math/element_kernels.h"
#include "nn/inits/list.h"

namespace forknet::nn {
namespace {

using math::kLanes;

// The number of weight (out, in), or with in = inputs of the bias of `out`, in the region.
std::size_t place(const LayerPlan& layer, std::size_t out, std::size_t in) {
  return layer.offset + (out / kLanes) * layer.panel_stride() + in * kLanes + out % kLanes;
}

template <class T>
void initialise_layer(const LayerPlan& layer, const Init& init, std::uint64_t seed,
                      math::Target target, std::span<T> region) {
  const auto& kernels = math::element_kernels<T>(target);
  const auto fill = init.shape == Init::Shape::uniform ? kernels.uniforms : kernels.normals;
  const T factor = static_cast<T>(factor_of(init, layer.inputs, layer.outputs));
  std::vector<T> row(layer.inputs);
  for (std::size_t out = 0; out < layer.outputs; ++out) {
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
void initialise(const ModelPlan& plan, std::string_view init, std::uint64_t seed,
                math::Target target, std::span<T> region) {
  const Init* distribution = find_init(init);
  FORKNET_CHECK(region.size() >= plan.numbers && distribution != nullptr);
  for (std::size_t i = 0; i < plan.numbers; ++i) region[i] = 0;
  if (distribution->shape == Init::Shape::zeros) return;
  for (const LayerPlan& layer : plan.layers) {
    if (layer.is_dense()) initialise_layer(layer, *distribution, seed, target, region);
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
  template void initialise<T>(const ModelPlan&, std::string_view, std::uint64_t, math::Target,     \
                              std::span<T>);                                                       \
  template std::string parameter_digest<T>(const ModelPlan&, std::span<const T>);
FORKNET_PARAMETERS(float)
FORKNET_PARAMETERS(double)
#undef FORKNET_PARAMETERS

}  // namespace forknet::nn
