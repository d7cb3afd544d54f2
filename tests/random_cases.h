// Seed and number of the cases of randomised tests, and whether a test tries all cases.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace forknet {

// FORKNET_TEST_SEED or a fixed number; a test that uses it prints it.
inline std::uint64_t test_seed() {
  const char* given = std::getenv("FORKNET_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : 20240607;
}

// FORKNET_TEST_SHARE: percent of the cases that tests try. Without it all: scripts/test.sh tries
// fewer, so that the suite is short, sanitized and emulated programs fewer still; scripts/check.sh
// all.
inline double test_share() {
  const char* const share = std::getenv("FORKNET_TEST_SHARE");
  return share == nullptr ? 1 : std::strtod(share, nullptr) / 100;
}

// How many random cases to try: `usual`, or that share of it, at least 4.
inline std::size_t test_cases(std::size_t usual) {
  const double cases = static_cast<double>(usual) * test_share();
  return std::max(std::min<std::size_t>(4, usual), static_cast<std::size_t>(cases));
}

// Whether a test that can try each case tries each, or those without which it could not fail for
// some reason.
inline bool test_in_full() { return test_share() >= 1; }

}  // namespace forknet
