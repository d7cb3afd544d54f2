// The list of all layers. A new one is a folder here and a line in list.cc; a program adds its own
// with register_layer() (forknet/layer.h).
#pragma once

#include <memory>
#include <string_view>

#include "nn/layer.h"
#include "nn/part_list.h"

namespace forknet::nn {

struct LayerPart {
  std::shared_ptr<const LayerKind> kind;
};

[[nodiscard]] PartList<LayerPart>& layers();

// Null: there is none of that name.
[[nodiscard]] const LayerKind* find_layer(std::string_view name);

}  // namespace forknet::nn
