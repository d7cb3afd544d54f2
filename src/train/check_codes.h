// The inputs of a data set that a model takes as whole-number codes (nn/layer_plan.h, CodeInput).
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <vector>

#include "data/preparation.h"
#include "data/scaling.h"
#include "data/table.h"
#include "nn/model_plan.h"

namespace forknet::run {

// The largest code of each code input of the layer, plus 1. Error (config): the first number of
// such an input that is no code. `preparation`: has the names of inputs; may be null.
[[nodiscard]] Result<std::vector<std::int64_t>> codes_in(const data::Table& table,
                                                         const nn::LayerPlan& layer,
                                                         const data::Preparation* preparation);

// Error (data): the first number that is no code, or a code that the model does not have.
[[nodiscard]] Status check_codes(const data::Table& table, const nn::ModelPlan& plan,
                                 const data::Preparation* preparation);

// Leaves codes as they are.
void leave_codes(const nn::ModelPlan& plan, data::Scaling& scaling);

}  // namespace forknet::run
