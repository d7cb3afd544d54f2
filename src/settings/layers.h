// The value of model.layers: a list of tables, one per layer.
#pragma once

#include <forknet/config.h>

#include <optional>
#include <string_view>
#include <vector>

#include "settings/allowed.h"

namespace forknet::run {

// A key of a layer: { type = "dense", units = 128 }.
struct LayerKey {
  std::string_view name;
  Allowed allowed;
  std::vector<LayerType> types;  // the types of layers that have it
  bool required = false;
  std::string_view help;
};

[[nodiscard]] const std::vector<LayerKey>& layer_keys();
[[nodiscard]] const Allowed& layer_types();

[[nodiscard]] std::optional<Problem> check_layers(const Value& value);

// Conversions between checked values and configs. A value has every key of its layer, also
// defaults.
void assign(std::vector<LayerConfig>& layers, const Value& value);
[[nodiscard]] Value read(const std::vector<LayerConfig>& layers);

}  // namespace forknet::run
