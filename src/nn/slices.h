// Divides a model into the stages of a pipeline. Every slice begins with a dense layer (the first
// with layer 0), so a dropout layer belongs to the slice of the layer below it. Pure.
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

// The largest number of slices of a model.
[[nodiscard]] std::size_t dense_layers(const ModelPlan& plan);

// Estimated cost of a step for each dense layer (in their order), used without a measurement:
// multiplications per row; the first layer passes no errors down.
[[nodiscard]] std::vector<double> counted_costs(const ModelPlan& plan);

// The partition whose costliest slice is cheapest; of several the one whose earlier slices are
// shorter. 1 <= stages <= dense_layers(plan); `costs` has one entry per dense layer.
[[nodiscard]] std::vector<LayerRange> partition_model(const ModelPlan& plan, std::size_t stages,
                                                      std::span<const double> costs);

// The dense layer nearest below `layer`; plan.layers.size() when there is none.
[[nodiscard]] std::size_t dense_below(const ModelPlan& plan, std::size_t layer);

}  // namespace forknet::nn
