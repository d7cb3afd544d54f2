// Limits on the content of a packed file, so that one made to fill memory is refused.
#pragma once

#include <algorithm>
#include <cstdint>

namespace forknet::data {

// The maximum of deflate's format; xz and zst of tables stay far below.
inline constexpr std::uint64_t kMostExpansion = 1032;

// Largest content of one packed file of that size.
[[nodiscard]] constexpr std::uint64_t most_expanded(std::uint64_t file_bytes) {
  return file_bytes > UINT64_MAX / kMostExpansion ? UINT64_MAX : file_bytes * kMostExpansion;
}

// Largest total content of everything in a packed file: small files may hold much, such as a table
// of zeros.
[[nodiscard]] constexpr std::uint64_t most_unpacked(std::uint64_t file_bytes) {
  constexpr std::uint64_t kAlways = std::uint64_t{256} << 20;
  return std::max(most_expanded(file_bytes), kAlways);
}

}  // namespace forknet::data
