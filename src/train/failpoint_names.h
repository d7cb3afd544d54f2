// The failpoints of this floor (os/failpoint.h): the training loop, orders and moves, the start of
// a cell.
#pragma once

#include <array>
#include <string_view>

namespace forknet::run {

inline constexpr auto kTrainFailpoints = std::to_array<std::string_view>({
    "cell/started",
    "cell/mapped",
    "run/begin",
    "run/evaluate/before",
    "run/evaluate/after",
    "run/epoch/closed",
    "run/checkpoint/before",
    "run/checkpoint/after",
    "run/best/before",
    "run/finish/begin",
    "run/finish/model",
    "run/finish/end",
    "life/order/before",
    "life/order/after",
    "life/epoch_end",
    "ends/out_of_time",
    "rate/before",
    "rate/recorded",
    "move/before",
    "move/state",
    "move/ended",
    "move/opened",
    "move/kept",
    "progress/save/before",
    "progress/save/after",
});

}  // namespace forknet::run
