// How much a packed file may hold at most, so that one that was made to fill memory is refused.
#pragma once

#include <algorithm>
#include <cstdint>

namespace forknet::data {

// Of deflate, by its format; xz and zst of tables stay far below.
inline constexpr std::uint64_t kMostExpansion = 1032;

// Bytes in a packed file of so many.
[[nodiscard]] constexpr std::uint64_t most_expanded(std::uint64_t file_bytes) {
  return file_bytes > UINT64_MAX / kMostExpansion ? UINT64_MAX : file_bytes * kMostExpansion;
}

// Bytes that everything in a packed file may come to: small files may hold much, as a table of
// zeros does.
[[nodiscard]] constexpr std::uint64_t most_unpacked(std::uint64_t file_bytes) {
  constexpr std::uint64_t kAlways = std::uint64_t{256} << 20;
  return std::max(most_expanded(file_bytes), kAlways);
}

}  // namespace forknet::data
