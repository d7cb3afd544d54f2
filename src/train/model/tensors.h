// Parameters as named tensors of a file: "layers.N.weight" (out, in) and "layers.N.bias" (out), N
// being the layer's place in the config; moments of the optimizer with "optimizer.first_moment." or
// "optimizer.second_moment." before that; the scaling of the inputs as "input.offset" and
// "input.factor", their range in training as "input.low" and "input.high". T is float or double.
#pragma once

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

// Tensors that are made from the region while they are written; plan and region outlive them.
template <class T>
void add_parameters(const nn::ModelPlan& plan, std::span<const T> region, const std::string& prefix,
                    std::vector<store::NamedTensor>& tensors);
// Of all moments, which outlive the tensors too.
template <class T>
void add_moments(const nn::ModelPlan& plan, const store::Weights<T>& weights,
                 const std::string& prefix, std::vector<store::NamedTensor>& tensors);
// The scaling outlives the tensors.
void add_scaling(const data::Scaling& scaling, std::vector<store::NamedTensor>& tensors);
// The scaling of targets; targets as they are add no tensors.
void add_targets(const data::Scaling& targets, std::vector<store::NamedTensor>& tensors);
// The range outlives the tensors; a range that is not known adds none.
void add_range(const data::InputRange& inputs, std::vector<store::NamedTensor>& tensors);

// The file has all these tensors, in these shapes: what is checked before memory is taken for them.
[[nodiscard]] Status check_parameters(const store::SafetensorsFile& file, const nn::ModelPlan& plan,
                                      const std::string& prefix);
// Fills the region from a file's tensors; an Error (data) names the one that is missing or has
// another shape.
template <class T>
[[nodiscard]] Status read_parameters(const store::SafetensorsFile& file, const nn::ModelPlan& plan,
                                     const std::string& prefix, std::span<T> region);
template <class T>
[[nodiscard]] Status read_moments(const store::SafetensorsFile& file, const nn::ModelPlan& plan,
                                  const std::string& prefix, store::Weights<T>& weights);
// Weights and moments.
template <class T>
[[nodiscard]] Status read_all(const store::SafetensorsFile& file, const nn::ModelPlan& plan,
                              const std::string& prefix, store::Weights<T>& weights);
[[nodiscard]] Result<data::Scaling> read_scaling(const store::SafetensorsFile& file);
// As they are, where the file does not scale them.
[[nodiscard]] Result<data::Scaling> read_targets(const store::SafetensorsFile& file);
// Low and high of the inputs, where the file has them; its element is not the tensors' to say.
[[nodiscard]] Result<data::InputRange> read_range(const store::SafetensorsFile& file);

}  // namespace forknet::run
