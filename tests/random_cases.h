// Seed and number of the cases of randomised tests.
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

// How many random cases to try: `usual`, or FORKNET_TEST_SHARE percent of it where the tests run
// slowly (sanitized, emulated); at least 4.
inline std::size_t test_cases(std::size_t usual) {
  const char* share = std::getenv("FORKNET_TEST_SHARE");
  if (share == nullptr) return usual;
  const double cases = static_cast<double>(usual) * std::strtod(share, nullptr) / 100;
  return std::max<std::size_t>(4, static_cast<std::size_t>(cases));
}

}  // namespace forknet
