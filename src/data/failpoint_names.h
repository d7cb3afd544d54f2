// The failpoints of this floor (os/failpoint.h): a table on its way into a file.
#pragma once

#include <array>
#include <string_view>

namespace forknet::data {

inline constexpr auto kDataFailpoints = std::to_array<std::string_view>({
    "cache/fill",
    "cache/filled",
    "cache/committed",
});

}  // namespace forknet::data
