// Combine sizes that come from files and configs only with these functions: they never wrap around.
#pragma once

#include <cstddef>
#include <optional>

namespace forknet {

// a * b, or nothing when it does not fit.
[[nodiscard]] inline std::optional<std::size_t> checked_multiply(std::size_t a, std::size_t b) {
  std::size_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

// a + b, or nothing when it does not fit.
[[nodiscard]] inline std::optional<std::size_t> checked_add(std::size_t a, std::size_t b) {
  std::size_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

}  // namespace forknet
