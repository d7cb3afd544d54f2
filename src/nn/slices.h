// Divides a model into the stages of a pipeline. Every slice begins with a layer that may begin one
// (the first with layer 0), so a dropout layer belongs to the slice of the layer below it. Pure.
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

// The layers with which slices may begin (LayerTraits::begins_stage); the largest number of slices
// is their number.
[[nodiscard]] std::vector<std::size_t> stage_starts(const ModelPlan& plan);

// Estimated cost of a step for each of them, up to the next, used without a measurement:
// multiplications per row.
[[nodiscard]] std::vector<double> counted_costs(const ModelPlan& plan);

// The partition whose costliest slice is cheapest; of several the one whose earlier slices are
// shorter. 1 <= stages <= stage_starts(plan).size(); `costs` has one entry for each of them.
[[nodiscard]] std::vector<LayerRange> partition_model(const ModelPlan& plan, std::size_t stages,
                                                      std::span<const double> costs);

}  // namespace forknet::nn
