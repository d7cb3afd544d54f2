// Shift, rotation, scale and shear of a picture about its middle, as a map from the pixels of the
// varied picture to places in the given one (docs/numerics.md, "Augmentation").
#pragma once

#include <cstddef>
#include <cstdint>

#include "data/augment/augmentation.h"

namespace forknet::data {

// What happens to one picture.
struct Motion {
  double right = 0;  // pixels
  double down = 0;
  double degrees = 0;  // clockwise, as rows are counted downwards
  double size = 1;     // above 0
  double slant = 0;    // a row moves right by this share of its distance below the middle
};

// A pure function of seed, epoch and sample.
[[nodiscard]] Motion motion_of(const Augmentation& augmentation, std::uint32_t sample,
                               std::uint32_t epoch);

// Pixel (x, y) is what is found at (xx * x + (xy * y + x0), yx * x + (yy * y + y0)).
struct Warp {
  float xx = 1;
  float xy = 0;
  float x0 = 0;
  float yx = 0;
  float yy = 1;
  float y0 = 0;
};

[[nodiscard]] Warp warp_of(const Motion& motion, std::size_t width, std::size_t height);

}  // namespace forknet::data
