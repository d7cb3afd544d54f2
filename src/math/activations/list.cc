#include "math/activations/list.h"

#include <algorithm>
#include <atomic>
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
  std::atomic<bool> closed = false;   // by the first reader

  [[nodiscard]] const Activation* find(std::string_view name) const {
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const Activation* own) { return own->name == name; });
    return found == all.end() ? nullptr : *found;
  }
};

// Changes before init() only.
Registry& registry() {
  static Registry registry;
  return registry;
}

}  // namespace

std::span<const Activation* const> all_activations() {
  registry().closed.store(true, std::memory_order_relaxed);
  return registry().all;
}

const Activation* find_activation(std::string_view name) {
  registry().closed.store(true, std::memory_order_relaxed);
  return registry().find(name);
}

}  // namespace math

Status register_activation(OwnActivation activation) {
  constexpr std::string_view kCharacters = "abcdefghijklmnopqrstuvwxyz0123456789_";
  if (activation.name.empty() ||
      activation.name.find_first_not_of(kCharacters) != std::string::npos) {
    return Error{ErrorKind::config, "register_activation: the name \"" + activation.name +
                                        "\" has other characters than a-z, 0-9 and _"};
  }
  math::Registry& registry = math::registry();
  if (registry.find(activation.name) != nullptr) {
    return Error{ErrorKind::config, "register_activation: there already is an activation \"" +
                                        activation.name + "\"; give yours another name"};
  }
  if (registry.closed.load(std::memory_order_relaxed)) {
    return Error{ErrorKind::config, "register_activation: it is too late for \"" + activation.name +
                                        "\"\n  register parts at the top of main, before "
                                        "forknet::init() and before a config is read"};
  }
  math::Registered& entry = registry.registered.emplace_back();
  entry.own = std::move(activation);
  entry.activation = {.name = entry.own.name, .needs_sums = true, .own = &entry.own};
  registry.all.push_back(&entry.activation);
  return {};
}

}  // namespace forknet
