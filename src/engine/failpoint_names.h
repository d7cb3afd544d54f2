// The failpoints of this floor (os/failpoint.h): the life of a cell.
#pragma once

#include <array>
#include <string_view>

namespace forknet::run {

inline constexpr auto kEngineFailpoints = std::to_array<std::string_view>({
    "cell/entering",
    "cell/entered",
    "cell/joined",
    "cell/opened",
    "cell/step/before",
    "cell/step/after",
    "cell/finish/before",
    "cell/finish/after",
    "cell/leaving",
    "cell/left",
    "cell/figures",
    "first_weights/receive/before",
    "first_weights/receive/after",
    "hand_back/before",
    "hand_back/after",
});

}  // namespace forknet::run
