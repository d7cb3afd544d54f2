// The names of activations in configs and model files.
#pragma once

#include <forknet/config.h>

#include <string>
#include <string_view>
#include <vector>

namespace forknet::nn {

[[nodiscard]] const std::vector<std::string>& activation_names();
// The name must be one of the list.
[[nodiscard]] Activation activation_of(std::string_view name);

}  // namespace forknet::nn
