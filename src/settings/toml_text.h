// Parses TOML into trees of values. Only this file uses the TOML library.
#pragma once

#include <string>
#include <string_view>

#include "settings/problem.h"
#include "settings/value.h"

namespace forknet::run {

// Parses a whole config file. Fails with the first syntax error and its place.
[[nodiscard]] Outcome<Table> parse_toml(std::string_view text);

// Parses the right side of "--set a.b=VALUE" or of an environment variable: TOML; a bare word that
// is not TOML is a string. The value's place is unknown.
[[nodiscard]] Outcome<Value> parse_word(std::string_view text);

}  // namespace forknet::run
