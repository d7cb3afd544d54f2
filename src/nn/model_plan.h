// The model as the upper floors see it: its layers (layer_plan.h), loss and sizes.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <cstddef>
#include <string>
#include <vector>

#include "nn/layer_plan.h"
#include "nn/loss.h"

namespace forknet::nn {

struct ModelPlan {
  std::vector<LayerPlan> layers;
  LossPointer loss;
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::size_t numbers = 0;     // of the region
  std::size_t parameters = 0;  // trained ones
  bool decays = true;          // weight decay applies to all of them

  [[nodiscard]] bool classifies() const { return loss->classifies(); }
  [[nodiscard]] std::string describe() const;  // "784-512-256-10"
};

// Lays out the model for data of `inputs` features. Errors (config): no layers, a layer of no known
// type or with settings that do not fit its inputs, a model that ends in a layer without units, a
// loss that is not known or does not take the last layer, sizes that do not fit into memory.
[[nodiscard]] Result<ModelPlan> plan_model(const ModelConfig& model, std::size_t inputs);

// Lays out one layer that takes `inputs` numbers of a row.
[[nodiscard]] Result<LayerPlan> plan_layer(const LayerConfig& config, std::size_t number,
                                           std::size_t inputs);

// The nearest layer below `layer` that keeps errors of its own and needs them; plan.layers.size()
// when there is none.
[[nodiscard]] std::size_t errors_below(const ModelPlan& plan, std::size_t layer);

}  // namespace forknet::nn
