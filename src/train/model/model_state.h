// What a Model is made of. Immutable once a Model holds it.
#pragma once

#include <forknet/config.h>

#include <variant>

#include "data/input_range.h"
#include "data/preparation.h"
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
  data::InputRange inputs = {};                    // of the rows that it was trained on
  data::Scaling targets = {};                      // of those that are numbers
  data::PreparationPointer preparation = nullptr;  // null: rows are taken as they are
};

}  // namespace forknet
