// The loss of the best constant answer: the one output that is best for all training rows. A run
// that ends far above it has learned nothing, even if its loss is finite (docs/failures.md).
#pragma once

#include <forknet/model.h>

#include "data/view.h"
#include "nn/model_plan.h"

namespace forknet::run {

// By the loss, from the targets as trained on (after scaling, if any).
struct ConstantAnswer {
  double loss = 0;   // 0: all rows have the same target, or the loss (a program's own) knows none
  double least = 0;  // of outputs that meet every target: not 0 for poisson
};
[[nodiscard]] ConstantAnswer constant_answer(const data::View& rows, const nn::ModelPlan& plan);

// A training loss is "far above" when what it has above the least exceeds this multiple of what the
// constant answer has.
inline constexpr double kFarAbove = 2;

[[nodiscard]] constexpr bool is_far_above(double loss, const ConstantAnswer& constant) {
  return constant.loss > constant.least &&
         loss - constant.least > kFarAbove * (constant.loss - constant.least);
}

}  // namespace forknet::run
