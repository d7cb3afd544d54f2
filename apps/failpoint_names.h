// The failpoints of this floor (os/failpoint.h): the program.
#pragma once

#include <array>
#include <string_view>

namespace forknet::apps {

inline constexpr auto kAppFailpoints = std::to_array<std::string_view>({
    "clean/within",
});

}  // namespace forknet::apps
