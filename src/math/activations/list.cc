#include "math/activations/list.h"

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

namespace forknet {
namespace math {
namespace {

struct Registered {
  OwnActivation own;
  Activation activation;
};

struct Registry {
#define FORKNET_LIST_ACTIVATION(name) &activations::name(),
  std::vector<const Activation*> all = {FORKNET_ACTIVATIONS(FORKNET_LIST_ACTIVATION)};
#undef FORKNET_LIST_ACTIVATION
  std::deque<Registered> registered;  // stay where they are
};

// Changes before init() only.
Registry& registry() {
  static Registry registry;
  return registry;
}

}  // namespace

std::span<const Activation* const> all_activations() { return registry().all; }

const Activation* find_activation(std::string_view name) {
  const auto all = all_activations();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Activation* a) { return a->name == name; });
  return found == all.end() ? nullptr : *found;
}

}  // namespace math

Status register_activation(OwnActivation activation) {
  constexpr std::string_view kCharacters = "abcdefghijklmnopqrstuvwxyz0123456789_";
  if (activation.name.empty() ||
      activation.name.find_first_not_of(kCharacters) != std::string::npos) {
    return Error{ErrorKind::config, "register_activation: the name \"" + activation.name +
                                        "\" has other characters than a-z, 0-9 and _"};
  }
  if (math::find_activation(activation.name) != nullptr) {
    return Error{ErrorKind::config, "register_activation: there already is an activation \"" +
                                        activation.name + "\"; give yours another name"};
  }
  math::Registry& registry = math::registry();
  math::Registered& entry = registry.registered.emplace_back();
  entry.own = std::move(activation);
  entry.activation = {.name = entry.own.name, .needs_sums = true, .own = &entry.own};
  registry.all.push_back(&entry.activation);
  return {};
}

}  // namespace forknet
