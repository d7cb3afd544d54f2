// Whether the targets of a data set are those of a model's loss.
#pragma once

#include <forknet/result.h>

#include "data/table.h"
#include "nn/model_plan.h"

namespace forknet::run {

// Labels for a loss of classes, else as many numbers a row as there are outputs, which the loss
// takes. Error (data): names the file and the first row that does not fit.
[[nodiscard]] Status check_targets(const data::Table& table, const nn::ModelPlan& plan);

}  // namespace forknet::run
