// Reads numbers of tables eight digits at a time: a sign, at most 19 digits with or without a
// point, an exponent. The value equals that of fast_float bit for bit; uncertain cases are left to
// fast_float. Requires rounding to nearest and denormals.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace forknet::data::csv {

// Bytes that are read beyond the number's end.
inline constexpr std::size_t kNumberPadding = 32;

namespace number {

inline constexpr int kMostDigits = 19;  // an integer of this length fits into 64 bits
inline constexpr int kLeastPower = -64;

// Powers of ten from kLeastPower on, each the nearest double.
inline constexpr std::array<double, 105> kPowers = {
    1e-64, 1e-63, 1e-62, 1e-61, 1e-60, 1e-59, 1e-58, 1e-57, 1e-56, 1e-55, 1e-54, 1e-53,
    1e-52, 1e-51, 1e-50, 1e-49, 1e-48, 1e-47, 1e-46, 1e-45, 1e-44, 1e-43, 1e-42, 1e-41,
    1e-40, 1e-39, 1e-38, 1e-37, 1e-36, 1e-35, 1e-34, 1e-33, 1e-32, 1e-31, 1e-30, 1e-29,
    1e-28, 1e-27, 1e-26, 1e-25, 1e-24, 1e-23, 1e-22, 1e-21, 1e-20, 1e-19, 1e-18, 1e-17,
    1e-16, 1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10, 1e-9,  1e-8,  1e-7,  1e-6,  1e-5,
    1e-4,  1e-3,  1e-2,  1e-1,  1e0,   1e1,   1e2,   1e3,   1e4,   1e5,   1e6,   1e7,
    1e8,   1e9,   1e10,  1e11,  1e12,  1e13,  1e14,  1e15,  1e16,  1e17,  1e18,  1e19,
    1e20,  1e21,  1e22,  1e23,  1e24,  1e25,  1e26,  1e27,  1e28,  1e29,  1e30,  1e31,
    1e32,  1e33,  1e34,  1e35,  1e36,  1e37,  1e38,  1e39,  1e40,
};

inline constexpr std::array<std::uint64_t, 9> kWholePowers = {
    1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};

// Loads eight characters, the first in the lowest byte; digits become 0 to 9.
inline std::uint64_t load(const char* at) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, at, sizeof(bytes));
  if constexpr (std::endian::native == std::endian::big) bytes = __builtin_bswap64(bytes);
  return bytes ^ 0x3030303030303030;
}

// The number of leading digits among the eight.
inline int count_digits(std::uint64_t bytes) {
  // Carries go to later characters only, so the first non-digit is found.
  const std::uint64_t others =
      ((bytes + 0x7676767676767676) | bytes) & std::uint64_t{0x8080808080808080};
  return others == 0 ? 8 : std::countr_zero(others) / 8;
}

// The integer of the first `digits` digits, 1 to 8: pairs, then fours, then all (D. Lemire,
// "Quickly parsing eight digits", 2022).
inline std::uint64_t whole_of(std::uint64_t bytes, int digits) {
  std::uint64_t value = bytes << (64 - 8 * digits);  // zeros before them
  value = (value * 10) + (value >> 8);
  constexpr std::uint64_t kMask = 0x000000FF000000FF;
  return (((value & kMask) * 0x000F424000000064) +
          (((value >> 16) & kMask) * 0x0000271000000001)) >>
         32;
}

struct Digits {
  std::uint64_t whole = 0;  // of all so far; invalid if count is above kMostDigits
  int count = 0;
};

// Takes all digits from `at` on; returns the position after them.
inline const char* take_digits(const char* at, Digits& digits) {
  while (true) {
    const std::uint64_t bytes = load(at);
    const int count = count_digits(bytes);
    if (count == 0) return at;
    digits.whole =
        digits.whole * kWholePowers[static_cast<std::size_t>(count)] + whole_of(bytes, count);
    digits.count += count;
    at += count;
    if (count < 8 || digits.count > kMostDigits) return at;
  }
}

// "e-05": adds to `power`; null: no exponent of one to three digits.
inline const char* take_exponent(const char* at, int& power) {
  ++at;
  const bool negative = *at == '-';
  if (negative || *at == '+') ++at;
  Digits digits;
  const char* end = take_digits(at, digits);
  if (digits.count == 0 || digits.count > 3) return nullptr;
  power += negative ? -static_cast<int>(digits.whole) : static_cast<int>(digits.whole);
  return end;
}

// The nearest float to whole * 10^power; false: uncertain. In double the product is off by at most
// three units in the last place (integer, power and product are each rounded once). Rounding it to
// float is correct unless the exact value may lie on the other side of the midpoint of two floats.
inline bool nearest_float(std::uint64_t whole, int power, float& value) {
  if (whole == 0) {
    value = 0.0F;
    return true;
  }
  const int place = power - kLeastPower;
  if (place < 0 || place >= static_cast<int>(kPowers.size())) return false;
  const double product = static_cast<double>(whole) * kPowers[static_cast<std::size_t>(place)];
  constexpr double kLeast = 1.2e-38;  // above the denormals of float
  constexpr double kMost = 3.4e38;
  if (!(product > kLeast && product < kMost)) return false;
  constexpr std::uint64_t kBelowFloat = (std::uint64_t{1} << 29) - 1;
  constexpr std::uint64_t kMiddle = std::uint64_t{1} << 28;
  constexpr std::uint64_t kDoubt = 8;
  const std::uint64_t below = std::bit_cast<std::uint64_t>(product) & kBelowFloat;
  if (below - (kMiddle - kDoubt) <= 2 * kDoubt) return false;
  value = static_cast<float>(product);
  return true;
}

}  // namespace number

// Reads the number at `at` and returns its end; null: not a number that is read here.
// kNumberPadding bytes after it must be readable.
inline const char* read_number(const char* at, char decimal, float& value) {
  const bool negative = *at == '-';
  number::Digits digits;
  at = number::take_digits(at + (negative ? 1 : 0), digits);
  int power = 0;
  if (*at == decimal) {
    const int before = digits.count;
    at = number::take_digits(at + 1, digits);
    power = before - digits.count;
  }
  if (digits.count == 0 || digits.count > number::kMostDigits) return nullptr;
  if ((*at | 0x20) == 'e') at = number::take_exponent(at, power);
  if (at == nullptr || !number::nearest_float(digits.whole, power, value)) return nullptr;
  if (negative) value = -value;
  return at;
}

}  // namespace forknet::data::csv
