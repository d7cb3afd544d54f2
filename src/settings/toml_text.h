// TOML in, trees of values out. The only place that knows the TOML library.
#pragma once

#include <string>
#include <string_view>

#include "settings/problem.h"
#include "settings/value.h"

namespace forknet::run {

// The whole of a config file. Fails with the first mistake of syntax and its place.
[[nodiscard]] Outcome<Table> parse_toml(std::string_view text);

// The right side of "--set a.b=VALUE" or of an environment variable: TOML, and what is not TOML but
// a bare word is a string. The value's place is unknown.
[[nodiscard]] Outcome<Value> parse_word(std::string_view text);

}  // namespace forknet::run
