// What several losses ask of the last layer.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "nn/loss.h"

namespace forknet::nn {

// The fault of a last layer with an activation, under a loss whose link is its own.
[[nodiscard]] inline std::optional<LastLayerFault> fault_unless_linear(std::string_view loss,
                                                                       const LastLayer& last) {
  if (last.activation == &math::activations::linear()) return std::nullopt;
  return LastLayerFault{"activation",
                        "the loss " + std::string(loss) +
                            " takes the outputs of a linear layer, so the last layer must be "
                            "linear",
                        "leave its activation out"};
}

}  // namespace forknet::nn
