// How long a test waits for what should have happened long before. Nothing is measured by it: a
// test that gives up fails.
#pragma once

#include <cstdint>

namespace forknet {

inline constexpr std::int64_t kPatience = 60'000'000'000;  // nanoseconds

}  // namespace forknet
