// The layout of weights and moments in memory: page-aligned regions of numbers, one after the
// other: version 0 of the weights, of each moment, then version 1 in the same order. A value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/checked.h"
#include "os/mapping.h"

namespace forknet::store {

struct WeightsLayout {
  std::uint64_t number_bytes = 0;
  std::uint64_t numbers = 0;  // of a region
  std::uint64_t moments = 0;
  std::uint64_t versions = 1;
  bool operator==(const WeightsLayout&) const = default;
  static constexpr std::size_t kPage = 4096;

  [[nodiscard]] std::size_t regions() const { return versions * (moments + 1); }
  // Distance between the starts of two regions.
  [[nodiscard]] std::size_t stride_bytes() const {
    return (numbers * number_bytes + kPage - 1) / kPage * kPage;
  }
  // Nothing if that is more than memory can hold, or there is no version.
  [[nodiscard]] std::optional<std::size_t> checked_bytes() const {
    if (versions == 0) return std::nullopt;
    const auto numbers_of_all = checked_multiply(numbers, number_bytes);
    const auto region = numbers_of_all ? checked_add(*numbers_of_all, kPage) : std::nullopt;
    const auto most = checked_add(moments, 1);
    const auto count = most ? checked_multiply(*most, versions) : std::nullopt;
    if (!region || !count || !checked_multiply(*region, *count)) return std::nullopt;
    return bytes();
  }
  [[nodiscard]] std::size_t bytes() const { return stride_bytes() * regions(); }
  // The bytes of numbers [begin, end) of every region.
  [[nodiscard]] std::vector<os::Mapping::Bytes> bytes_of(std::size_t begin, std::size_t end) const {
    std::vector<os::Mapping::Bytes> bytes;
    for (std::size_t i = 0; i < regions(); ++i) {
      const std::size_t region = i * stride_bytes();
      bytes.push_back({region + begin * number_bytes, region + end * number_bytes});
    }
    return bytes;
  }
};

}  // namespace forknet::store
