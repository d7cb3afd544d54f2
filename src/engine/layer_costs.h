// What a step costs each dense layer on this machine, measured: what the stages of a pipeline are
// cut by. Takes some milliseconds; never changes an answer.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <vector>

#include "math/target.h"
#include "nn/model_plan.h"

namespace forknet::run {

// Seconds of a step for a microbatch of up to `rows` rows, in the order of the dense layers. T is
// float or double. Errors: memory.
template <class T>
[[nodiscard]] Result<std::vector<double>> measure_layer_costs(const nn::ModelPlan& plan,
                                                              std::size_t rows,
                                                              math::Target target);

}  // namespace forknet::run
