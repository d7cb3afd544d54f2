// The rows of a set in the order in which they lie.
#pragma once

#include <cstdint>
#include <numeric>
#include <vector>

namespace forknet::data {

inline std::vector<std::uint32_t> counting(std::uint32_t rows) {
  std::vector<std::uint32_t> numbers(rows);
  std::iota(numbers.begin(), numbers.end(), 0U);
  return numbers;
}

}  // namespace forknet::data
