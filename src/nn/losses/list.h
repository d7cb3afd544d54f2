// All losses: the built-in ones and those that the program registered (forknet/loss.h).
#pragma once

#include <forknet/result.h>

#include <string>
#include <string_view>
#include <vector>

#include "nn/loss.h"

namespace forknet::nn {

// The built-in ones, the default first, then registered ones in their order. None can be
// registered after the first call.
[[nodiscard]] const std::vector<LossEntry>& losses();

// Null: no loss has that name.
[[nodiscard]] const LossEntry* find_loss(std::string_view name);

// The loss with the settings it declares out of `settings`, its defaults for the rest. Error
// (config): no loss has that name.
[[nodiscard]] Result<LossPointer> make_loss(std::string_view name, const Settings& settings = {});

// "softmax_cross_entropy, mse"
[[nodiscard]] std::string loss_names();

}  // namespace forknet::nn
