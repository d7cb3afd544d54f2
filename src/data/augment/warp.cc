#include "data/augment/warp.h"

#include <cmath>

#include "base/philox.h"
#include "math/scalar_functions.h"

namespace forknet::data {
namespace {

// A word as a number in [-1, 1); exact.
double signed_share(std::uint32_t word) {
  return static_cast<double>(static_cast<std::int32_t>(word)) * 0x1p-31;
}

// Of an angle in half turns, from -1 to 1.
double cosine(double turns) { return math::cos_pi(std::abs(turns)); }
double sine(double turns) {
  const double size = math::cos_pi(std::abs(0.5 - std::abs(turns)));
  return turns < 0 ? -size : size;
}

}  // namespace

Motion motion_of(const Augmentation& augmentation, std::uint32_t sample, std::uint32_t epoch) {
  const auto block = [&](std::uint32_t number) {
    return random_block(augmentation.seed, Purpose::augment, sample, epoch, number);
  };
  const AugmentConfig& by = augmentation.by;
  const PhiloxBlock first = block(0);
  Motion motion;
  motion.right = by.shift * signed_share(first[0]);
  motion.down = by.shift * signed_share(first[1]);
  motion.degrees = by.rotate * signed_share(first[2]);
  motion.size = 1.0 + by.scale * signed_share(first[3]);
  motion.slant = by.shear * signed_share(block(1)[0]);
  return motion;
}

// The inverse of: shear, rotate and scale about the middle, then shift.
Warp warp_of(const Motion& motion, std::size_t width, std::size_t height) {
  const double turns = motion.degrees / 180.0;
  const double c = cosine(turns);
  const double s = sine(turns);
  const double xx = (c + motion.slant * s) / motion.size;
  const double xy = (s - motion.slant * c) / motion.size;
  const double yx = -s / motion.size;
  const double yy = c / motion.size;
  const double middle_x = (static_cast<double>(width) - 1.0) / 2.0;
  const double middle_y = (static_cast<double>(height) - 1.0) / 2.0;
  const double to_x = middle_x + motion.right;
  const double to_y = middle_y + motion.down;
  Warp warp;
  warp.xx = static_cast<float>(xx);
  warp.xy = static_cast<float>(xy);
  warp.x0 = static_cast<float>(middle_x - (xx * to_x + xy * to_y));
  warp.yx = static_cast<float>(yx);
  warp.yy = static_cast<float>(yy);
  warp.y0 = static_cast<float>(middle_y - (yx * to_x + yy * to_y));
  return warp;
}

}  // namespace forknet::data
