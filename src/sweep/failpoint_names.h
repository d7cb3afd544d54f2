// The failpoints of this floor (os/failpoint.h): the processes of a comparison's runs.
#pragma once

#include <array>
#include <string_view>

namespace forknet::sweep {

inline constexpr auto kSweepFailpoints = std::to_array<std::string_view>({
    "sweep/ended",
    "sweep/start/after",
    "sweep/start/before",
});

}  // namespace forknet::sweep
