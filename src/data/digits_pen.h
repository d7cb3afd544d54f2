// From a shape to the track of a pen on a 28x28 image, in one writer's hand. Only +, -, *, / of
// floats in a fixed order, so every compiler and CPU gives the same track.
#pragma once

#include <vector>

#include "data/digits_random.h"
#include "data/digits_shapes.h"

namespace forknet::data {

// A position of the pen in pixels (the centre of the top left pixel is 0, 0), the radius of its ink
// there, and whether it inks the way to the next position.
struct PenPoint {
  float x = 0.0F;
  float y = 0.0F;
  float radius = 0.0F;
  bool down = true;
};

using PenTrack = std::vector<PenPoint>;

// The shape in one writer's hand: distorted, rotated, slanted, stretched and moved; pressure varies
// along the way; sometimes with a gap, or a stray mark beside the digit.
[[nodiscard]] PenTrack write_shape(Shape shape, DigitRandom& random);

}  // namespace forknet::data
