// A model cut into the stages of a pipeline. Every slice begins with a dense layer (the first with
// layer 0), so dropout rides along with the layer below it. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "nn/model_plan.h"

namespace forknet::nn {

// Layers [begin, end) of a plan.
struct LayerRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool operator==(const LayerRange&) const = default;
};

// The most slices a model can be cut into.
[[nodiscard]] std::size_t dense_layers(const ModelPlan& plan);

// What a step costs each dense layer (in their order) when nobody has measured it: multiplications
// a row, the first layer having no errors to hand down.
[[nodiscard]] std::vector<double> counted_costs(const ModelPlan& plan);

// The cut whose costliest slice is cheapest; of several the one whose earlier slices are shorter.
// 1 <= stages <= dense_layers(plan); a cost for each dense layer.
[[nodiscard]] std::vector<LayerRange> partition_model(const ModelPlan& plan, std::size_t stages,
                                                      std::span<const double> costs);

// The dense layer nearest below `layer`; plan.layers.size() when there is none.
[[nodiscard]] std::size_t dense_below(const ModelPlan& plan, std::size_t layer);

}  // namespace forknet::nn
