// The data of a Model. Immutable once a Model holds it.
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
  data::InputRange inputs = {};                    // of the training rows
  data::Scaling targets = {};                      // of numeric targets
  data::PreparationPointer preparation = nullptr;  // null: rows need none
};

// Converts between Model and ModelState. Not part of the public interface in include/.
struct ModelInternals {
  [[nodiscard]] static Model model(std::shared_ptr<const ModelState> state) {
    return Model(std::move(state));
  }
  [[nodiscard]] static const ModelState& state(const Model& model) { return *model.state_; }
};

}  // namespace forknet
