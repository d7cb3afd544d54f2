// The failpoints of this floor (os/failpoint.h): a step.
#pragma once

#include <array>
#include <string_view>

namespace forknet::cell {

inline constexpr auto kCellFailpoints = std::to_array<std::string_view>({
    // a step of a cell
    "forward/before",
    "forward/after",
    "backward/before",
    "backward/after",
    "receive/before",
    "receive/after",
    "send_up/before",
    "send_up/after",
    "send_down/before",
    "send_down/after",
    "stage/meet/before",
    "stage/meet/after",
    "early/before",
    "early/after",
    "update/before",
    "update/layer",
    "update/after",
    "norm/before",
    "norm/between",
    "norm/after",
    // gradients over replicas
    "reduce/own/before",
    "reduce/own/after",
    "reduce/send/before",
    "reduce/send/after",
    "reduce/receive/before",
    "reduce/receive/after",
    "reduce/losses/send",
    "reduce/losses/receive",
    "apply/before",
    "apply/after",
    "weights/send/before",
    "weights/send/after",
    "weights/receive/before",
    "weights/receive/after",
});

}  // namespace forknet::cell
