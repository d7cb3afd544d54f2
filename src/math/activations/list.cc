#include "math/activations/list.h"

#include <algorithm>
#include <array>

namespace forknet::math {

std::span<const Activation* const> all_activations() {
#define FORKNET_LIST_ACTIVATION(name) &activations::name(),
  static const std::array kAll = {FORKNET_ACTIVATIONS(FORKNET_LIST_ACTIVATION)};
#undef FORKNET_LIST_ACTIVATION
  return kAll;
}

const Activation* find_activation(std::string_view name) {
  const auto all = all_activations();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Activation* a) { return a->name == name; });
  return found == all.end() ? nullptr : *found;
}

}  // namespace forknet::math
