// The value of data.augment: a table of numbers, such as { shift = 2, rotate = 10 }.
#pragma once

#include <forknet/config.h>

#include <optional>
#include <string>
#include <string_view>

#include "settings/problem.h"

namespace forknet::run {

// Checks names, types and ranges.
[[nodiscard]] std::optional<Problem> check_augment(std::string_view name, const Value& value);

// The names and ranges, for messages and the manual.
[[nodiscard]] std::string describe_augment();

// Conversions between checked values and configs. Numbers of 0 are left out.
void assign(AugmentConfig& augment, const Value& value);
[[nodiscard]] Value read(const AugmentConfig& augment);

}  // namespace forknet::run
