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

// Models of more numbers are refused: a mistyped digit in a config must not take the whole
// machine's memory.
inline constexpr std::size_t kMostNumbers = std::size_t{1} << 37;

struct ModelPlan {
  std::vector<LayerPlan> layers;
  LossPointer loss;
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::size_t numbers = 0;     // of the region
  std::size_t parameters = 0;  // trained ones
  // Nets that share most weights: each sample of a batch is as many rows, one after the other, of
  // which the predictions are averaged.
  std::size_t members = 1;

  [[nodiscard]] bool classifies() const { return loss->classifies(); }
  // "784-512-256-10", or "784-512-256-10 x 8 members"
  [[nodiscard]] std::string describe() const;
};

// Lays out the model for data of `inputs` features. Errors (config): no layers, a layer of no known
// type or with settings that do not fit its inputs, a model that ends in a layer without units, a
// loss that is not known or does not take the last layer, sizes that do not fit into memory.
[[nodiscard]] Result<ModelPlan> plan_model(const ModelConfig& model, std::size_t inputs);

// Lays out one layer that takes `inputs` numbers of a row; of a layer that holds a list only its
// first part (LayerTraits::closing).
[[nodiscard]] Result<LayerPlan> plan_layer(const LayerConfig& config, std::size_t number,
                                           std::size_t inputs);

// Lays out layer after layer: those of lists between the two parts of the layer that holds them.
// With several members a layer may become several (LayerTraits::shared). Offsets count from each
// layer.
class LayerPlanner {
 public:
  explicit LayerPlanner(std::size_t inputs, std::size_t members = 1);
  // The next layer of the config; `last`: none follows. Errors as of plan_model().
  [[nodiscard]] Status add(const LayerConfig& config, bool last = false);
  [[nodiscard]] const std::vector<LayerPlan>& layers() const { return layers_; }
  // Of the last layer, or of the model.
  [[nodiscard]] std::size_t units() const { return units_; }

 private:
  // Where a layer stands.
  struct Place {
    std::string path;
    bool in_list = false;
    bool last = false;
  };
  [[nodiscard]] Status add_at(const Place& place, const LayerConfig& config);
  [[nodiscard]] Status add_list(const std::string& path, const LayerConfig& config);
  [[nodiscard]] Status add_members(const Place& place, const LayerPlan& plain);
  [[nodiscard]] Status add_kind(const Place& place, const LayerPlan& plain, const LayerKind& kind);
  [[nodiscard]] LayerPlan next(const std::string& path) const;
  void put(LayerPlan layer);

  const std::size_t members_;
  std::size_t units_ = 0;
  std::size_t count_ = 0;            // of layers of the config
  bool has_signs_ = false;           // the first numbers that tell members apart
  std::vector<std::string> shapes_;  // "784 inputs", "dense 64"
  std::vector<LayerPlan> layers_;
};

// The nearest layer below `layer` that keeps errors of its own and needs them; plan.layers.size()
// when there is none.
[[nodiscard]] std::size_t errors_below(const ModelPlan& plan, std::size_t layer);

}  // namespace forknet::nn
