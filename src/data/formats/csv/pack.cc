#include "data/formats/csv/pack.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

namespace forknet::data::csv {

bool pack_bytes(std::span<const float> numbers, std::uint8_t* bytes) {
  constexpr std::size_t kStretch = 4096;
  // Adding 2^23 leaves the integer in the last bits of the float.
  constexpr float kShift = 8388608.0F;
  while (!numbers.empty()) {
    const std::size_t count = std::min(kStretch, numbers.size());
    const float* some = numbers.data();
    std::uint32_t others = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t whole =
          std::bit_cast<std::uint32_t>(some[i] + kShift) - std::bit_cast<std::uint32_t>(kShift);
      others |= whole > 255 || static_cast<float>(static_cast<int>(whole)) != some[i] ? 1U : 0U;
      bytes[i] = static_cast<std::uint8_t>(whole);
    }
    if (others != 0) return false;
    bytes += count;
    numbers = numbers.subspan(count);
  }
  return true;
}

bool starts_with_bytes(std::span<const float> numbers) {
  constexpr std::size_t kFew = 64;
  std::array<std::uint8_t, kFew> bytes{};
  return pack_bytes(numbers.first(std::min(kFew, numbers.size())), bytes.data());
}

}  // namespace forknet::data::csv
