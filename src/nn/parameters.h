// Converts parameters between their two forms: the region of panels that kernels use (layer_plan.h)
// and the canonical form of files and digests: layer after layer, parameter after parameter, row
// after row. T is float or double.
#pragma once

#include <forknet/config.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "math/target.h"
#include "nn/model_plan.h"

namespace forknet::nn {

// Canonical -> region; lanes past the last of the parameter's lines become zero.
template <class T>
void pack_parameter(const LayerPlan& layer, const ParameterPlan& parameter,
                    std::span<const T> numbers, std::span<T> region);

// Region -> canonical: rows [first, first + numbers.size() / columns) of the parameter.
template <class T>
void unpack_rows(const LayerPlan& layer, const ParameterPlan& parameter, std::span<const T> region,
                 std::size_t first, std::span<T> numbers);
// All of it.
template <class T>
void unpack_parameter(const LayerPlan& layer, const ParameterPlan& parameter,
                      std::span<const T> region, std::span<T> numbers);

// First numbers, as each parameter says (First). By fan: row o, counted over the layer's parameters
// of that kind, is stream (seed, Purpose::weights, layer, o) of the numbers of the distribution of
// that name (inits/list.h, not "auto"), with columns as inputs and rows as outputs.
template <class T>
void initialise(const ModelPlan& plan, std::string_view init, std::uint64_t seed,
                math::Target target, std::span<T> region);

// XXH3-128 over all parameters in canonical form.
template <class T>
[[nodiscard]] std::string parameter_digest(const ModelPlan& plan, std::span<const T> region);

}  // namespace forknet::nn
