#include "data/augment/warp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "data/augment/varied_pictures.h"

namespace forknet::data {
namespace {

// Where pixel (x, y) of the varied picture comes from.
std::pair<float, float> source(const Warp& warp, float x, float y) {
  return {warp.xx * x + (warp.xy * y + warp.x0), warp.yx * x + (warp.yy * y + warp.y0)};
}

void expect_near(const std::pair<float, float>& place, float x, float y) {
  EXPECT_NEAR(place.first, x, 1e-5F);
  EXPECT_NEAR(place.second, y, 1e-5F);
}

TEST(Warp, without_motion_every_pixel_is_its_own_source) {
  const Warp warp = warp_of({}, 28, 13);
  for (int y = 0; y < 13; ++y) {
    for (int x = 0; x < 28; ++x) {
      const auto [from_x, from_y] = source(warp, static_cast<float>(x), static_cast<float>(y));
      EXPECT_EQ(from_x, static_cast<float>(x));
      EXPECT_EQ(from_y, static_cast<float>(y));
    }
  }
}

TEST(Warp, a_shift_moves_pixels_right_and_down) {
  Motion motion;
  motion.right = 3;
  motion.down = -1.5;
  expect_near(source(warp_of(motion, 28, 28), 10, 10), 7, 11.5F);
}

TEST(Warp, a_quarter_turn_is_clockwise_about_the_middle) {
  Motion motion;
  motion.degrees = 90;
  const Warp warp = warp_of(motion, 5, 5);
  expect_near(source(warp, 4, 0), 0, 0);  // the left upper corner goes to the right upper one
  expect_near(source(warp, 2, 2), 2, 2);
  motion.degrees = -180;
  expect_near(source(warp_of(motion, 5, 5), 4, 1), 0, 3);
}

TEST(Warp, a_larger_size_brings_pixels_outwards) {
  Motion motion;
  motion.size = 2;
  expect_near(source(warp_of(motion, 9, 9), 8, 0), 6, 2);
}

TEST(Warp, a_slant_moves_lower_rows_right) {
  Motion motion;
  motion.slant = 0.5;
  const Warp warp = warp_of(motion, 9, 9);
  expect_near(source(warp, 4, 4), 4, 4);
  expect_near(source(warp, 6, 8), 4, 8);
}

TEST(Warp, pictures_are_sheared_then_turned_and_sized_then_shifted) {
  const Motion motion = {1, 2, 30, 1.5, 0.25};
  const double c = std::sqrt(0.75), s = 0.5;
  // From the middle: the place (2, 1) of the given picture.
  const double sheared_x = 2 + 0.25 * 1, sheared_y = 1;
  const double x = 1.5 * (c * sheared_x - s * sheared_y) + 1;
  const double y = 1.5 * (s * sheared_x + c * sheared_y) + 2;
  expect_near(source(warp_of(motion, 11, 11), static_cast<float>(5 + x), static_cast<float>(5 + y)),
              7, 6);
}

TEST(Warp, motions_fill_their_ranges_evenly) {
  const Augmentation a = of_pictures(all_kinds(), 28, 28);
  Motion sum = {0, 0, 0, 0, 0}, low = sum, high = sum;
  low.size = high.size = 1;
  constexpr int kCount = 4000;
  const auto take = [](double value, double& total, double& least, double& most) {
    total += value / kCount;
    least = std::min(least, value);
    most = std::max(most, value);
  };
  for (std::uint32_t sample = 0; sample < kCount; ++sample) {
    const Motion motion = motion_of(a, sample, 2);
    take(motion.right, sum.right, low.right, high.right);
    take(motion.down, sum.down, low.down, high.down);
    take(motion.degrees, sum.degrees, low.degrees, high.degrees);
    take(motion.size, sum.size, low.size, high.size);
    take(motion.slant, sum.slant, low.slant, high.slant);
  }
  const auto expect_range = [](double mean, double least, double most, double middle,
                               double amount) {
    EXPECT_NEAR(mean, middle, 0.05 * amount);
    EXPECT_GE(least, middle - amount);
    EXPECT_LT(least, middle - 0.99 * amount);
    EXPECT_LE(most, middle + amount);
    EXPECT_GT(most, middle + 0.99 * amount);
  };
  expect_range(sum.right, low.right, high.right, 0, 2);
  expect_range(sum.down, low.down, high.down, 0, 2);
  expect_range(sum.degrees, low.degrees, high.degrees, 0, 15);
  expect_range(sum.size, low.size, high.size, 1, 0.15);
  expect_range(sum.slant, low.slant, high.slant, 0, 0.2);
}

}  // namespace
}  // namespace forknet::data
