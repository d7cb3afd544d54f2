// Measures the cost of a step, from each layer that may begin a stage to the next, on this machine;
// the stages of a pipeline are partitioned by it. Takes some milliseconds. Never changes the result
// of a training.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <vector>

#include "math/target.h"
#include "nn/model_plan.h"

namespace forknet::run {

// Seconds per step for a microbatch of up to `rows` rows, in the order of these layers. T is
// float or double. Error: out of memory.
template <class T>
[[nodiscard]] Result<std::vector<double>> measure_layer_costs(const nn::ModelPlan& plan,
                                                              std::size_t rows,
                                                              math::Target target);

}  // namespace forknet::run
