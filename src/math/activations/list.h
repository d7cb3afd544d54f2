// All activations. A new one is a file of this folder and its line here, in the order in which
// messages and the manual name them.
#pragma once

#include <span>
#include <string_view>

#include "math/activations/activation.h"

// The function activations::NAME() of each file.
#define FORKNET_ACTIVATIONS(PART) \
  PART(linear)                    \
  PART(relu)                      \
  PART(leaky_relu)                \
  PART(elu)                       \
  PART(selu)                      \
  PART(gelu)                      \
  PART(silu)                      \
  PART(mish)                      \
  PART(sigmoid)                   \
  PART(tanh)                      \
  PART(softplus)

namespace forknet::math {

// Those of this folder, then those that the program registered (forknet/activation.h).
[[nodiscard]] std::span<const Activation* const> all_activations();

// Null: there is none of that name.
[[nodiscard]] const Activation* find_activation(std::string_view name);

namespace activations {
#define FORKNET_DECLARE_ACTIVATION(name) [[nodiscard]] const Activation& name();
FORKNET_ACTIVATIONS(FORKNET_DECLARE_ACTIVATION)
#undef FORKNET_DECLARE_ACTIVATION
}  // namespace activations

}  // namespace forknet::math
