// Environment variables. Read once at the start, from one thread, and passed on as values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace forknet::os {

// The value; it may be empty. Nothing: the variable is not set.
[[nodiscard]] std::optional<std::string> environment(const std::string& name);

// Returns and unsets the variable. Call before other threads start.
[[nodiscard]] std::optional<std::string> take_environment(const std::string& name);

// All variables whose names start with the prefix: whole name -> value.
[[nodiscard]] std::map<std::string, std::string> environment_with_prefix(std::string_view prefix);

}  // namespace forknet::os
