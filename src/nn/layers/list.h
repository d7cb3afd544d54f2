// The list of all layers. A new one is a folder here and a line in list.cc; a program adds its own
// with register_layer() (forknet/layer.h).
#pragma once

#include <forknet/result.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nn/layer.h"

namespace forknet::nn {

// Built-in ones, then those of the program.
[[nodiscard]] const std::vector<const LayerKind*>& layer_kinds();
// Null: there is none of that name.
[[nodiscard]] const LayerKind* find_layer(std::string_view name);

// Adds one of the program's own. Error (config): its name is taken, or is no name.
[[nodiscard]] Status add_layer(std::unique_ptr<const LayerKind> kind);

}  // namespace forknet::nn
