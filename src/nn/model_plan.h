// The model as the upper floors see it: shapes, what each layer does, and where its parameters lie.
//
// All parameters of a slice lie in one flat region of numbers: layer after layer, each dense layer
// (in, out) as panels_for(out) panels of in + 1 lines of 16 numbers. Line i < in of panel p holds
// the weights from input i to outputs 16p … 16p + 15; the last line holds their biases. Lanes past
// the last output always stay zero. Moments of an optimizer lie in regions of the same shape.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <cstddef>
#include <string>
#include <vector>

#include "math/panels.h"
#include "nn/loss.h"

namespace forknet::nn {

struct LayerPlan {
  LayerType type = LayerType::dense;
  std::size_t number = 0;  // place in the config, from 0: names and random keys use it
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  Activation activation = Activation::linear;
  double rate = 0.0;       // dropout
  std::size_t offset = 0;  // of a dense layer's first number in the region

  [[nodiscard]] bool is_dense() const { return type == LayerType::dense; }
  [[nodiscard]] std::size_t panel_stride() const { return (inputs + 1) * math::kLanes; }
  // Numbers in the region, padding included; 0 for layers without parameters.
  [[nodiscard]] std::size_t numbers() const {
    return is_dense() ? math::panels_for(outputs) * panel_stride() : 0;
  }
  // Weights and biases, padding excluded.
  [[nodiscard]] std::size_t parameters() const { return is_dense() ? (inputs + 1) * outputs : 0; }
};

struct ModelPlan {
  std::vector<LayerPlan> layers;
  LossPointer loss;
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::size_t numbers = 0;     // of the region
  std::size_t parameters = 0;  // trained ones

  [[nodiscard]] bool classifies() const { return loss->classifies(); }
  [[nodiscard]] std::string describe() const;  // "784-512-256-10"
};

// Lays out the model for data of `inputs` features. Errors (config): no layers, a model that does
// not end in a dense layer, a loss that is not known or does not take the last layer's activation,
// sizes that do not fit into memory.
[[nodiscard]] Result<ModelPlan> plan_model(const ModelConfig& model, std::size_t inputs);

}  // namespace forknet::nn
