// How weights and moments lie in memory: regions of numbers, page-aligned, one after the other:
// version 0 of the weights, of each moment, then version 1 likewise. Large regions begin at
// multiples of a huge page. A value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/checked.h"
#include "os/huge_pages.h"
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
  // From one region to the next: whole pages, or whole huge ones where that is at most an eighth
  // more.
  [[nodiscard]] std::size_t stride_bytes() const {
    const std::size_t bytes = numbers * number_bytes;
    const std::size_t pages = (bytes + kPage - 1) / kPage * kPage;
    const std::size_t huge = (bytes + os::kHugePage - 1) / os::kHugePage * os::kHugePage;
    return huge - pages <= pages / 8 ? huge : pages;
  }
  // Nothing if that is more than memory can hold, or there is no version.
  [[nodiscard]] std::optional<std::size_t> checked_bytes() const {
    if (versions == 0) return std::nullopt;
    const auto numbers_of_all = checked_multiply(numbers, number_bytes);
    const auto region = numbers_of_all ? checked_add(*numbers_of_all, os::kHugePage) : std::nullopt;
    const auto most = checked_add(moments, 1);
    const auto count = most ? checked_multiply(*most, versions) : std::nullopt;
    if (!region || !count || !checked_multiply(*region, *count)) return std::nullopt;
    return bytes();
  }
  [[nodiscard]] std::size_t bytes() const { return stride_bytes() * regions(); }
  // Where numbers [begin, end) of every region lie, and after the last one what is left of it.
  [[nodiscard]] std::vector<os::Mapping::Bytes> bytes_of(std::size_t begin, std::size_t end) const {
    std::vector<os::Mapping::Bytes> bytes;
    for (std::size_t i = 0; i < regions(); ++i) {
      const std::size_t region = i * stride_bytes();
      const std::size_t last = end == numbers ? stride_bytes() : end * number_bytes;
      bytes.push_back({region + begin * number_bytes, region + last});
    }
    return bytes;
  }
};

}  // namespace forknet::store
