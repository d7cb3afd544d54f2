// What a run would have come to without learning anything: the loss of the one answer that is best
// for all training rows alike. A run that ends far above it has come to nothing, however finite its
// loss is (docs/failures.md).
#pragma once

#include <forknet/model.h>

#include "data/view.h"
#include "nn/model_plan.h"

namespace forknet::run {

// softmax_cross_entropy: the entropy of the classes' shares, in nats; mse: the variance of the
// targets as they are trained on (scaled, where they are), the mean over the outputs. 0: every row
// wants the same.
[[nodiscard]] double constant_answer_loss(const data::View& rows, const nn::ModelPlan& plan);

// A training loss is far above it when it is more than so many times as large.
inline constexpr double kFarAbove = 2;

[[nodiscard]] constexpr bool is_far_above(double loss, double constant_loss) {
  return constant_loss > 0 && loss > kFarAbove * constant_loss;
}

}  // namespace forknet::run
