// The failpoints of this floor (os/failpoint.h): the Supervisor and its pool of processes.
#pragma once

#include <array>
#include <string_view>

namespace forknet::run {

inline constexpr auto kSuperviseFailpoints = std::to_array<std::string_view>({
    "gather/begin",
    "gather/pipes",
    "gather/joined",
    "gather/opened",
    "fleet/start/before",
    "fleet/start/after",
    "fleet/death",
    "first_weights/send",
    "drain/before",
    "drain/after",
});

}  // namespace forknet::run
