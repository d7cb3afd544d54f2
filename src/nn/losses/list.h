// All losses: the built-in ones and those that the program registered (forknet/loss.h).
#pragma once

#include <forknet/result.h>

#include <string>
#include <string_view>
#include <vector>

#include "nn/loss.h"
#include "nn/part_list.h"

namespace forknet::nn {

// The built-in ones, the default first, then registered ones in their order. None can be
// registered after the first call.
[[nodiscard]] const std::vector<LossEntry>& losses();

// Null: no loss has that name.
[[nodiscard]] const LossEntry* find_loss(std::string_view name);

[[nodiscard]] inline std::string_view part_name(const LossEntry& entry) { return entry.name; }
[[nodiscard]] inline std::vector<SettingSpec> part_settings(const LossEntry& entry) {
  return entry.settings;
}

// Adds one of the program's own. Errors (config): a name or setting that collides, too late.
[[nodiscard]] Status add_loss(LossEntry entry);

// The loss with the settings it declares out of `settings`, its defaults for the rest. Error
// (config): no loss has that name.
[[nodiscard]] Result<LossPointer> make_loss(std::string_view name, const Settings& settings = {});

// "softmax_cross_entropy, mse"
[[nodiscard]] std::string loss_names();

}  // namespace forknet::nn
