// What the TOML library must not be given. Its version 3.3 recurses over the parts of a key until
// the stack ends, and meets stray brackets, headers without a name, damaged dates and letters
// beyond ASCII outside of strings with undefined behaviour. None of it is good TOML for a config,
// so such texts are refused before the library sees them.
#pragma once

#include <optional>
#include <string_view>

#include "settings/problem.h"

namespace forknet::run {

// The first trap of the text. Nothing does not mean that the text is TOML.
[[nodiscard]] std::optional<Problem> find_trap(std::string_view text);

}  // namespace forknet::run
