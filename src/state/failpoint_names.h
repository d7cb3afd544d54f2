// The failpoints of this floor (os/failpoint.h): what survives: commits, state files, progress.
#pragma once

#include <array>
#include <string_view>

namespace forknet::run {

inline constexpr auto kStateFailpoints = std::to_array<std::string_view>({
    "finished/stored",
    "commit/before",
    "commit/after",
    "state/hold",
    "state/control",
    "state/weights",
    "state/models",
    "state/keep/before",
    "state/keep/after",
    "state/recover",
    "state/read",
    "state/remove",
    "progress/save/within",
});

}  // namespace forknet::run
