// The layout of weights and moments.
#include "store/weights_layout.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace forknet::store {
namespace {

constexpr std::size_t kPage = 4096;

TEST(WeightsLayout, every_region_begins_on_a_page) {
  const std::array<std::array<std::uint64_t, 2>, 4> cases = {
      {{0, 0}, {1, kPage}, {1024, kPage}, {1025, 2 * kPage}}};
  for (const auto& [numbers, stride] : cases) {
    const WeightsLayout layout = {4, numbers, 2, 2};
    EXPECT_EQ(layout.regions(), 6U);
    EXPECT_EQ(layout.stride_bytes(), stride);
    EXPECT_EQ(layout.bytes(), 6 * stride);
    EXPECT_EQ(layout.checked_bytes(), 6 * stride);
  }
}

TEST(WeightsLayout, large_regions_begin_on_a_huge_page_where_that_is_hardly_more) {
  constexpr std::uint64_t kHuge = std::uint64_t{2} << 20;
  constexpr std::uint64_t kLess = 455 * kPage;  // a page more, and an eighth is enough
  const std::array<std::array<std::uint64_t, 2>, 6> cases = {{{kLess, kLess},
                                                              {kLess + 1, kHuge},
                                                              {kHuge, kHuge},
                                                              {kHuge + 1, kHuge + kPage},
                                                              {11 * kHuge + 1, 12 * kHuge},
                                                              {12 * kHuge, 12 * kHuge}}};
  for (const auto& [numbers, stride] : cases) {
    const WeightsLayout layout = {1, numbers, 1, 2};
    EXPECT_EQ(layout.stride_bytes(), stride) << numbers;
    EXPECT_EQ(layout.checked_bytes(), 4 * stride) << numbers;
  }
}

TEST(WeightsLayout, the_end_of_a_region_belongs_to_its_last_numbers) {
  const WeightsLayout layout = {4, 1000, 1, 1};
  const auto bytes = layout.bytes_of(700, 1000);
  ASSERT_EQ(bytes.size(), 2U);
  EXPECT_EQ(bytes[0].end, kPage);
  EXPECT_EQ(bytes[1].end, 2 * kPage);
}

TEST(WeightsLayout, numbers_of_a_slice_lie_in_every_region) {
  const WeightsLayout layout = {8, 1000, 1, 2};
  const auto bytes = layout.bytes_of(3, 700);
  ASSERT_EQ(bytes.size(), 4U);
  for (std::size_t region = 0; region < bytes.size(); ++region) {
    EXPECT_EQ(bytes[region].begin, region * 2 * kPage + 24);
    EXPECT_EQ(bytes[region].end, region * 2 * kPage + 5600);
  }
}

TEST(WeightsLayout, one_that_memory_cannot_hold_has_no_size) {
  EXPECT_FALSE((WeightsLayout{4, SIZE_MAX / 4, 0, 1}).checked_bytes().has_value());
  EXPECT_FALSE((WeightsLayout{4, SIZE_MAX / 8, 0, 2}).checked_bytes().has_value());
  EXPECT_FALSE((WeightsLayout{4, SIZE_MAX / 8, 1, 1}).checked_bytes().has_value());
  EXPECT_FALSE((WeightsLayout{8, SIZE_MAX / 64, 1, 4}).checked_bytes().has_value());
}

TEST(WeightsLayout, one_without_a_version_has_no_size) {
  EXPECT_FALSE((WeightsLayout{4, 100, 1, 0}).checked_bytes().has_value());
}

TEST(WeightsLayout, one_whose_numbers_wrap_has_no_size) {
  EXPECT_FALSE((WeightsLayout{4, SIZE_MAX, 0, 1}).checked_bytes().has_value());
  EXPECT_FALSE((WeightsLayout{8, SIZE_MAX - 100, 2, 2}).checked_bytes().has_value());
}

}  // namespace
}  // namespace forknet::store
