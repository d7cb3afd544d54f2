// The loss of the best constant answer: the one output that is best for all training rows. A run
// that ends far above it has learned nothing, even if its loss is finite (docs/failures.md).
#pragma once

#include <forknet/model.h>

#include "data/view.h"
#include "nn/model_plan.h"

namespace forknet::run {

// By the loss, from class frequencies and variances of the targets as trained on (after scaling, if
// any). 0: all rows have the same target, or the loss does not know it.
[[nodiscard]] double constant_answer_loss(const data::View& rows, const nn::ModelPlan& plan);

// A training loss is "far above" when it exceeds this multiple of the constant answer's loss.
inline constexpr double kFarAbove = 2;

[[nodiscard]] constexpr bool is_far_above(double loss, double constant_loss) {
  return constant_loss > 0 && loss > kFarAbove * constant_loss;
}

}  // namespace forknet::run
