// How people write the ten digits: several shapes each, as the points that a pen passes through.
// Pure tables; digits_pen.h turns a shape into a stroke of one particular hand.
#pragma once

#include <span>

namespace forknet::data {

// A place in the box of a digit: x to the right, y down, both 0 to 100. The pen moves on a smooth
// curve through the points of a stroke; the same point twice in a row makes a sharp corner there.
struct ControlPoint {
  int x = 0;
  int y = 0;
  friend constexpr bool operator==(ControlPoint, ControlPoint) = default;
};

// Between two strokes: the pen leaves the paper.
inline constexpr ControlPoint kLift = {-1, -1};

using Shape = std::span<const ControlPoint>;

// The shapes of a digit, 0 to 9; each is as likely as the others.
[[nodiscard]] std::span<const Shape> digit_shapes(unsigned digit);

}  // namespace forknet::data
