// The sum of the bit patterns of numbers, as integers of their width, modulo 2^32 or 2^64: a
// checksum made where numbers are written, with one addition each, in any order and in parts. A
// change of a single number always changes it; other changes do so except with probability 2^-32.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace forknet::math {

template <class T>
using BitsOf = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

// Sums of one writer side by side, as many as fit into a cache line: kernels add vectors to it.
struct alignas(64) BitSum {
  static constexpr std::size_t kBytes = 64;
  std::byte words[kBytes] = {};

  template <class T>
  [[nodiscard]] BitsOf<T>* lanes() {
    return reinterpret_cast<BitsOf<T>*>(words);
  }
  template <class T>
  [[nodiscard]] std::uint64_t total() const {
    const auto* lanes = reinterpret_cast<const BitsOf<T>*>(words);
    BitsOf<T> sum = 0;
    for (std::size_t i = 0; i < kBytes / sizeof(T); ++i) sum += lanes[i];
    return sum;
  }
};

// The sum of these numbers; add_bits() combines parts.
template <class T>
[[nodiscard]] std::uint64_t bit_sum(std::span<const T> numbers) {
  BitsOf<T> sum = 0;
  for (const T& number : numbers) sum += std::bit_cast<BitsOf<T>>(number);
  return sum;
}
template <class T>
[[nodiscard]] constexpr std::uint64_t add_bits(std::uint64_t a, std::uint64_t b) {
  return static_cast<BitsOf<T>>(a + b);
}

}  // namespace forknet::math
