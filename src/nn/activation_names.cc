#include "nn/activation_names.h"

#include "base/check.h"

namespace forknet::nn {

const std::vector<std::string>& activation_names() {
  static const std::vector<std::string> kNames = {"linear", "relu", "sigmoid", "tanh"};
  return kNames;
}

Activation activation_of(std::string_view name) {
  for (std::size_t i = 0; i < activation_names().size(); ++i) {
    if (activation_names()[i] == name) return static_cast<Activation>(i);
  }
  check_failed("a known activation", __FILE__, __LINE__);
}

}  // namespace forknet::nn
