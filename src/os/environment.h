// Environment variables. Read at the start, from one thread, and passed on as values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace forknet::os {

// The value; an empty one is a value too.
[[nodiscard]] std::optional<std::string> environment(const std::string& name);

// The same, and the variable is gone. Before there are other threads.
[[nodiscard]] std::optional<std::string> take_environment(const std::string& name);

// All variables whose names start with the prefix: whole name -> value.
[[nodiscard]] std::map<std::string, std::string> environment_with_prefix(std::string_view prefix);

}  // namespace forknet::os
