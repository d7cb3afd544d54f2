// The failpoints of this floor (os/failpoint.h): the folder of a new run, the stored settings of a
// resumed one, and the stored data sets.
#pragma once

#include <array>
#include <string_view>

namespace forknet::run {

inline constexpr auto kSessionFailpoints = std::to_array<std::string_view>({
    "cache/set",
    "config/announced",
    "config/written",
    "folder/made",
});

}  // namespace forknet::run
