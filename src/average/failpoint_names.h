// The failpoints of this floor (os/failpoint.h): models that train apart.
#pragma once

#include <array>
#include <string_view>

namespace forknet::run {

inline constexpr auto kAverageFailpoints = std::to_array<std::string_view>({
    "worker/order/taken",
    "worker/order/done",
    "worker/step/before",
    "worker/step/after",
    "model/fetch/before",
    "model/fetch/after",
    "model/give_back/before",
    "model/give_back/after",
    "model/send/within",
    "models/send",
    "models/take/before",
    "models/take/within",
    "models/take/after",
    "average/seed",
    "average/mean/before",
    "average/mean/moments",
    "average/commit/before",
    "average/commit/after",
});

}  // namespace forknet::run
