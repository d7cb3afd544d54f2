// The optimizers of this program (docs/cli.md, optimizer.type).
#pragma once

#include <string_view>

#include "nn/optimizers/part.h"
#include "nn/part_list.h"

namespace forknet::nn {

// The one list: a new optimizer is its own folder and a line in list.cc.
[[nodiscard]] PartList<OptimizerPart>& optimizers();

// Null: there is no such optimizer.
[[nodiscard]] inline const OptimizerPart* find_optimizer(std::string_view name) {
  return optimizers().find(name);
}

}  // namespace forknet::nn
