// Finds texts that must not reach the TOML library. Its version 3.3 overflows the stack on keys of
// many parts, and has undefined behaviour on stray brackets, headers without a name, damaged dates
// and non-ASCII letters outside of strings. No config needs any of these, so such texts are refused
// first.
#pragma once

#include <optional>
#include <string_view>

#include "settings/problem.h"

namespace forknet::run {

// The first trap of the text. Without one the text may still not be TOML.
[[nodiscard]] std::optional<Problem> find_trap(std::string_view text);

}  // namespace forknet::run
