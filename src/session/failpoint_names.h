// The failpoints of this floor (os/failpoint.h): the settings of a run that goes on.
#pragma once

#include <array>
#include <string_view>

namespace forknet::run {

inline constexpr auto kSessionFailpoints = std::to_array<std::string_view>({
    "config/announced",
    "config/written",
});

}  // namespace forknet::run
