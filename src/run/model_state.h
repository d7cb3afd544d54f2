// What a Model is made of. Immutable once a Model holds it.
#pragma once

#include <forknet/config.h>

#include <variant>

#include "data/input_range.h"
#include "data/scaling.h"
#include "nn/model_plan.h"
#include "store/weights.h"

namespace forknet {

struct ModelState {
  ModelConfig config;
  nn::ModelPlan plan;
  data::Scaling scaling;
  // In the precision that the run trained in.
  std::variant<store::Weights<float>, store::Weights<double>> weights;
  data::InputRange inputs = {};  // of the rows that it was trained on
};

}  // namespace forknet
