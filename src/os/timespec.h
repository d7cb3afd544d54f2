// A length of time as system calls take it. Used inside src/os.
#pragma once

#include <cstdint>
#include <ctime>

namespace forknet::os {

// Not negative.
[[nodiscard]] inline timespec timespec_of(std::int64_t nanoseconds) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  return {nanoseconds / kSecond, nanoseconds % kSecond};
}

}  // namespace forknet::os
