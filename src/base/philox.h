// Philox4x32-10: every random number of forknet is a pure function of its key and counter.
// Source: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3",
// SC '11. docs/numerics.md says which counter words each purpose uses.
#pragma once

#include <array>
#include <cstdint>

namespace forknet {

// What a random number is for. It is the last word of the counter, so that no two purposes share a
// stream.
enum class Purpose : std::uint32_t {
  weights = 1,
  shuffle = 2,
  dropout = 3,
  split = 4,
  digits = 5,
  averaging = 6,
  augment = 7,
  elastic = 8,
  noise = 9,
  signs = 10,
};

using PhiloxBlock = std::array<std::uint32_t, 4>;

namespace philox {
inline constexpr std::uint32_t kMultiplier0 = 0xD2511F53U;
inline constexpr std::uint32_t kMultiplier1 = 0xCD9E8D57U;
inline constexpr std::uint32_t kWeyl0 = 0x9E3779B9U;
inline constexpr std::uint32_t kWeyl1 = 0xBB67AE85U;
inline constexpr int kRounds = 10;
}  // namespace philox

// The four 32-bit outputs for one counter under one 64-bit key.
[[nodiscard]] constexpr PhiloxBlock philox4x32(PhiloxBlock counter, std::uint64_t key) {
  auto key0 = static_cast<std::uint32_t>(key);
  auto key1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < philox::kRounds; ++round) {
    const std::uint64_t product0 = std::uint64_t{philox::kMultiplier0} * counter[0];
    const std::uint64_t product1 = std::uint64_t{philox::kMultiplier1} * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key0,
               static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key1,
               static_cast<std::uint32_t>(product0)};
    key0 += philox::kWeyl0;
    key1 += philox::kWeyl1;
  }
  return counter;
}

// The block of (seed, purpose, a, b, c); docs/numerics.md lists a, b and c of each purpose.
[[nodiscard]] constexpr PhiloxBlock random_block(std::uint64_t seed, Purpose purpose,
                                                 std::uint32_t a, std::uint32_t b,
                                                 std::uint32_t c) {
  return philox4x32({a, b, c, static_cast<std::uint32_t>(purpose)}, seed);
}

}  // namespace forknet
