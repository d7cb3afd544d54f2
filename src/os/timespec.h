// A duration in the form that system calls take. Used inside src/os.
#pragma once

#include <cstdint>
#include <ctime>

namespace forknet::os {

// nanoseconds >= 0.
[[nodiscard]] inline timespec timespec_of(std::int64_t nanoseconds) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  return {nanoseconds / kSecond, nanoseconds % kSecond};
}

}  // namespace forknet::os
