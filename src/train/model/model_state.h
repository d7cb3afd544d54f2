// What a Model is made of. Immutable once a Model holds it.
#pragma once

#include <forknet/config.h>
#include <forknet/model.h>

#include <memory>
#include <utility>
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

// A Model of a state, and back. Programs see include/ alone.
struct ModelInternals {
  [[nodiscard]] static Model model(std::shared_ptr<const ModelState> state) {
    return Model(std::move(state));
  }
  [[nodiscard]] static const ModelState& state(const Model& model) { return *model.state_; }
};

}  // namespace forknet
