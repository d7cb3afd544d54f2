// The value of model.layers: a list of tables, one per layer, each with the keys that its type
// declares (nn/layers/list.h).
#pragma once

#include <forknet/config.h>

#include <optional>
#include <vector>

#include "nn/layer.h"
#include "settings/allowed.h"

namespace forknet::run {

// The words of "type", and those of later versions.
[[nodiscard]] Allowed layer_types();

// The setting that the data gives in the last layer, if a config does not: "units" of dense.
[[nodiscard]] bool may_be_absent(const nn::LayerKind& kind, const SettingSpec& setting, bool last);

[[nodiscard]] std::optional<Problem> check_layers(const Value& value);

// Conversions between checked values and configs. A value has every key of its layer, also
// defaults.
void assign(std::vector<LayerConfig>& layers, const Value& value);
[[nodiscard]] Value read(const std::vector<LayerConfig>& layers);

}  // namespace forknet::run
