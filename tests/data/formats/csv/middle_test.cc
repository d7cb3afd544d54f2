#include "data/formats/csv/middle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>

namespace forknet::data::csv {
namespace {

float middle_by_sorting(std::vector<float> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  if (values.size() % 2 == 1) return values[half];
  return static_cast<float>((double{values[half - 1]} + double{values[half]}) / 2);
}

TEST(CsvMiddle, is_that_of_the_sorted_values) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 60; ++round) {
    const std::size_t count = round < 30 ? 1 + random() % 50 : 32'760 + random() % 40'000;
    std::vector<float> values(count);
    for (float& value : values) {
      const auto bits = static_cast<std::uint32_t>(random());
      const float any = std::bit_cast<float>(bits);
      const bool wild = round % 3 == 0 && std::isfinite(any);
      value = wild             ? any
              : round % 3 == 1 ? static_cast<float>(bits % 3)
                               : 1000.0F + static_cast<float>(bits) * 1e-10F;
    }
    const float expected = middle_by_sorting(values);
    EXPECT_EQ(middle_of(values), expected) << "round " << round << ", " << count << " values";
  }
}

TEST(CsvMiddle, two_groups_apart_have_their_middle_between_them) {
  std::vector<float> values(80'000, -5.0F);
  std::fill(values.begin() + 40'000, values.end(), 3.0F);
  EXPECT_EQ(middle_of(values), -1.0F);
}

}  // namespace
}  // namespace forknet::data::csv
