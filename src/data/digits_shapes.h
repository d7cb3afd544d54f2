// Handwritten forms of the ten digits: several shapes each, as the points that a pen passes
// through. Pure tables; digits_pen.h turns a shape into the stroke of one writer.
#pragma once

#include <span>

namespace forknet::data {

// A point in the box of a digit: x to the right, y down, both 0 to 100. The pen moves on a smooth
// curve through the points of a stroke; two equal points in a row make a sharp corner.
struct ControlPoint {
  int x = 0;
  int y = 0;
  friend constexpr bool operator==(ControlPoint, ControlPoint) = default;
};

// Marks that the pen leaves the paper between two strokes.
inline constexpr ControlPoint kLift = {-1, -1};

using Shape = std::span<const ControlPoint>;

// The shapes of a digit, 0 to 9; all are equally likely.
[[nodiscard]] std::span<const Shape> digit_shapes(unsigned digit);

}  // namespace forknet::data
