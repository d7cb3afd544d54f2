// Parameters as named tensors of a file: "layers.N.weight" (out, in) and "layers.N.bias" (out), N
// being the layer's place in the config; state of the optimizer with "optimizer.NAME." before that,
// such as "optimizer.first_moment."; the scaling of the inputs as "input.offset" and
// "input.factor", their range in training as "input.low" and "input.high". T is float or double.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "data/input_range.h"
#include "data/scaling.h"
#include "nn/model_plan.h"
#include "store/safetensors.h"
#include "store/weights.h"

namespace forknet::run {

// Adds tensors that read the region while they are written; plan and region outlive them.
template <class T>
void add_parameters(const nn::ModelPlan& plan, std::span<const T> region, const std::string& prefix,
                    std::vector<store::NamedTensor>& tensors);
// Adds the tensors of the optimizer's state; the weights outlive the tensors.
template <class T>
void add_moments(const nn::ModelPlan& plan, const OptimizerConfig& optimizer,
                 const store::Weights<T>& weights, const std::string& prefix,
                 std::vector<store::NamedTensor>& tensors);
// Adds the scaling of inputs; it outlives the tensors.
void add_scaling(const data::Scaling& scaling, std::vector<store::NamedTensor>& tensors);
// Adds the scaling of targets; unscaled targets add no tensors.
void add_targets(const data::Scaling& targets, std::vector<store::NamedTensor>& tensors);
// Adds the range of inputs, which outlives the tensors; an unknown range adds none.
void add_range(const data::InputRange& inputs, std::vector<store::NamedTensor>& tensors);

// Checks, before memory is allocated, that the file has all these tensors in these shapes.
[[nodiscard]] Status check_parameters(const store::SafetensorsFile& file, const nn::ModelPlan& plan,
                                      const std::string& prefix);
// Fills the region from a file's tensors; an Error (data) names the one that is missing or has
// another shape.
template <class T>
[[nodiscard]] Status read_parameters(const store::SafetensorsFile& file, const nn::ModelPlan& plan,
                                     const std::string& prefix, std::span<T> region);
template <class T>
[[nodiscard]] Status read_moments(const store::SafetensorsFile& file, const nn::ModelPlan& plan,
                                  const OptimizerConfig& optimizer, const std::string& prefix,
                                  store::Weights<T>& weights);
// Reads weights and the optimizer's state.
template <class T>
[[nodiscard]] Status read_all(const store::SafetensorsFile& file, const nn::ModelPlan& plan,
                              const OptimizerConfig& optimizer, const std::string& prefix,
                              store::Weights<T>& weights);
[[nodiscard]] Result<data::Scaling> read_scaling(const store::SafetensorsFile& file);
// The identity if the file does not scale its targets.
[[nodiscard]] Result<data::Scaling> read_targets(const store::SafetensorsFile& file);
// Low and high of the inputs, if the file has them. Does not set the element type.
[[nodiscard]] Result<data::InputRange> read_range(const store::SafetensorsFile& file);

}  // namespace forknet::run
