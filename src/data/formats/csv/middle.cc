#include "data/formats/csv/middle.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace forknet::data::csv {
namespace {

constexpr std::size_t kFewValues = std::size_t{1} << 15;
constexpr int kLowBits = 16;

struct Middles {
  float below = 0;  // equal to `at` if the number of values is odd
  float at = 0;
};

Middles select(std::vector<float>& values, std::size_t place, bool both) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(place);
  std::nth_element(values.begin(), middle, values.end());
  return {both ? *std::max_element(values.begin(), middle) : *middle, *middle};
}

// A key that is ascending in the number.
std::uint32_t key_of(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return bits ^ ((bits >> 31) != 0 ? 0xFFFFFFFF : 0x80000000);
}

// Counts by the upper bits of the keys, then selects among the few values that share the upper bits
// of the median. Nothing: zeros of both signs, which select() handles.
std::optional<Middles> select_among_many(const std::vector<float>& values, std::size_t place,
                                         bool both) {
  std::vector<std::uint32_t> counts(std::size_t{1} << kLowBits, 0);
  std::uint32_t minus_zeros = 0;
  for (const float value : values) {
    minus_zeros += std::bit_cast<std::uint32_t>(value) == 0x80000000 ? 1U : 0U;
    ++counts[key_of(value) >> kLowBits];
  }
  if (minus_zeros > 0) return std::nullopt;
  std::size_t before = 0;
  std::uint32_t group = 0;
  while (before + counts[group] <= place) before += counts[group++];
  std::vector<float> same;
  same.reserve(counts[group]);
  std::uint32_t below = 0;  // the largest key of the earlier groups
  for (const float value : values) {
    const std::uint32_t key = key_of(value);
    if (key >> kLowBits == group) same.push_back(value);
    if (key >> kLowBits < group) below = std::max(below, key);
  }
  Middles found = select(same, place - before, both && place > before);
  if (both && place == before) {
    found.below = std::bit_cast<float>(below ^ ((below >> 31) != 0 ? 0x80000000 : 0xFFFFFFFF));
  }
  return found;
}

}  // namespace

float middle_of(std::vector<float>& values) {
  const std::size_t place = values.size() / 2;
  const bool both = values.size() % 2 == 0;
  std::optional<Middles> found;
  if (values.size() > kFewValues) found = select_among_many(values, place, both);
  if (!found) found = select(values, place, both);
  if (!both) return found->at;
  return static_cast<float>((double{found->below} + double{found->at}) / 2);
}

float middle_of(const std::vector<float>& values, const std::vector<float>& weights) {
  std::vector<std::pair<float, float>> sorted;
  sorted.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) sorted.emplace_back(values[i], weights[i]);
  std::sort(sorted.begin(), sorted.end());
  double all = 0;
  for (const auto& [value, weight] : sorted) all += double{weight};
  std::size_t low = 0;
  double until = double{sorted[0].second};  // includes the current value
  while (until < all / 2 && low + 1 < sorted.size()) until += double{sorted[++low].second};
  const bool just_half = until == all / 2 && low + 1 < sorted.size();
  if (!just_half) return sorted[low].first;
  return static_cast<float>((double{sorted[low].first} + double{sorted[low + 1].first}) / 2);
}

}  // namespace forknet::data::csv
