// Several nets that share most of their weights (ModelConfig::members; TabM, Gorishniy et al. 2024,
// arXiv:2410.24210, with the adapters of BatchEnsemble, Wen et al. 2020). Each sample of a batch is
// as many rows as there are members, one after the other, so row r is member r modulo their number.
// A layer with LayerTraits::shared becomes three layers, * being element by element:
//   member_inputs    x' = r_m * x                        r_m (inputs)
//   the shared part  z  = W x'                           W (units, inputs), of all members
//   member_outputs   y  = activation(s_m * z + b_m)      s_m, b_m (units)
// and the last one of a model
//   member_dense     y  = activation(W_m x + b_m)        W_m (units, inputs), b_m (units)
// The planner (nn/model_plan.cc) gives them number of members, outputs and activation.
#pragma once

#include "nn/layer.h"

namespace forknet::nn {

[[nodiscard]] const LayerKind& member_inputs();
[[nodiscard]] const LayerKind& member_outputs();
[[nodiscard]] const LayerKind& member_dense();

// More bring little (arXiv:2410.24210, section 5).
inline constexpr std::size_t kMostMembers = 64;

}  // namespace forknet::nn
