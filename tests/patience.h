// How long a test waits for what should have happened long before. Nothing is measured by it: a
// test that gives up fails. It follows what the machine gives: FORKNET_TEST_PATIENCE is a factor
// for all limits (tests/apps/patience.py has the same); without it, how many wait for a CPU.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <thread>

namespace forknet {

[[nodiscard]] inline double patience_factor() {
  constexpr double kMost = 20;
  const char* const told = std::getenv("FORKNET_TEST_PATIENCE");
  if (told != nullptr && std::atof(told) > 0) return std::atof(told);
  double load = 0;
  if (::getloadavg(&load, 1) != 1) return 1;
  return std::clamp(load / std::max(1U, std::thread::hardware_concurrency()), 1.0, kMost);
}

inline const std::int64_t kTimeout =
    static_cast<std::int64_t>(60e9 * patience_factor());  // nanoseconds

}  // namespace forknet
