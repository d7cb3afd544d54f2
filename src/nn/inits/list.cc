#include "nn/inits/list.h"

#include <algorithm>
#include <array>

namespace forknet::nn {

std::span<const Init* const> all_inits() {
#define FORKNET_LIST_INIT(name) &inits::name(),
  static const std::array kAll = {FORKNET_INITS(FORKNET_LIST_INIT)};
#undef FORKNET_LIST_INIT
  return kAll;
}

const Init* find_init(std::string_view name) {
  const auto all = all_inits();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Init* init) { return init->name == name; });
  return found == all.end() ? nullptr : *found;
}

std::string chosen_init(std::string_view name, bool classes) {
  if (name != kChosenInit) return std::string(name);
  return std::string(classes ? inits::he_normal().name : inits::glorot_uniform().name);
}

}  // namespace forknet::nn
