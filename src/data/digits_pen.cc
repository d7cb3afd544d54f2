#include "data/digits_pen.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace forknet::data {
namespace {

constexpr float kCentre = 13.5F;   // of the image, in pixels
constexpr int kStepsPerCurve = 5;  // straight pieces between two control points
constexpr float kSlip = 0.042F;    // deviation of a control point, in heights of the digit
constexpr float kTurn = 0.085F;    // tangent of half the angle of rotation: 0.085 is 10 degrees
constexpr float kSlant = 0.17F;    // x moved per y
constexpr float kShift = 1.1F;     // pixels
constexpr float kBend = 1.25F;     // pixels, at a node of the field that distorts the image
constexpr float kGapChance = 0.06F;
constexpr float kMarkChance = 0.05F;

struct Vec {
  float x = 0.0F;
  float y = 0.0F;
};

// Control points with their deviations, in heights of the digit about its centre. A doubled point
// deviates once, so a corner stays a corner; a lift stays a lift.
struct Knot {
  Vec at;
  bool lift = false;
};

std::vector<Knot> slipped(Shape shape, DigitRandom& random) {
  std::vector<Knot> knots;
  knots.reserve(shape.size());
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == kLift) {
      knots.push_back({{}, true});
    } else if (i > 0 && shape[i] == shape[i - 1]) {
      knots.push_back(knots.back());
    } else {
      const float dx = random.bell(kSlip);
      const float dy = random.bell(kSlip);
      knots.push_back({{static_cast<float>(shape[i].x - 50) * 0.01F + dx,
                        static_cast<float>(shape[i].y - 50) * 0.01F + dy},
                       false});
    }
  }
  return knots;
}

// The uniform Catmull-Rom spline between b and c at t (Catmull and Rom 1974).
float spline(float a, float b, float c, float d, float t) {
  const float cubic = 3.0F * (b - c) + d - a;
  const float square = 2.0F * a - 5.0F * b + 4.0F * c - d;
  return b + 0.5F * t * ((c - a) + t * (square + t * cubic));
}

// Appends the curve through the knots of one stroke, its last point with the pen up.
void append_stroke(const Knot* knots, std::size_t count, PenTrack& track) {
  for (std::size_t i = 0; i + 1 < count; ++i) {
    const Vec b = knots[i].at;
    const Vec c = knots[i + 1].at;
    const Vec a = i > 0 ? knots[i - 1].at : b;
    const Vec d = i + 2 < count ? knots[i + 2].at : c;
    if (b.x == c.x && b.y == c.y) continue;
    for (int step = 0; step < kStepsPerCurve; ++step) {
      const float t = static_cast<float>(step) * (1.0F / kStepsPerCurve);
      track.push_back({spline(a.x, b.x, c.x, d.x, t), spline(a.y, b.y, c.y, d.y, t)});
    }
  }
  const Vec last = knots[count - 1].at;
  track.push_back({last.x, last.y, 0.0F, false});
}

PenTrack curves(const std::vector<Knot>& knots) {
  PenTrack track;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= knots.size(); ++i) {
    if (i < knots.size() && !knots[i].lift) continue;
    if (i > begin) append_stroke(knots.data() + begin, i - begin, track);
    begin = i + 1;
  }
  return track;
}

// Rotates, slants, stretches and moves the track, from heights to pixels. The rotation comes from
// the tangent of half its angle: cos = (1 - t^2) / (1 + t^2), sin = 2 t / (1 + t^2). Its sums are
// written without a subtraction: on CPUs with FMA, GCC 12 fuses a vector's x c - y s beside x s + y
// c (vfmaddsub) in spite of -ffp-contract=off.
void place(PenTrack& track, DigitRandom& random) {
  const float height = random.uniform(16.5F, 21.0F);
  const float width = height * random.uniform(0.54F, 0.90F);
  const float half = random.bell(kTurn);
  const float slant = random.bell(kSlant) - 0.08F;  // most handwriting leans to the right
  const float shift_x = random.bell(kShift);
  const float shift_y = random.bell(kShift);
  const float scale = 1.0F / (1.0F + half * half);
  const float cosine = (1.0F - half * half) * scale;
  const float sine = 2.0F * half * scale;
  const float minus_sine = -sine;
  for (PenPoint& point : track) {
    const float x = point.x * width + slant * (point.y * height);
    const float y = point.y * height;
    point.x = kCentre + shift_x + (cosine * x + minus_sine * y);
    point.y = kCentre + shift_y + (sine * x + cosine * y);
  }
}

// A smooth random field that distorts the image: a bicubic B-spline over nodes 9 pixels apart
// (elastic distortion: Simard, Steinkraus and Platt 2003).
class Bending {
 public:
  explicit Bending(DigitRandom& random) {
    const float strength = random.uniform(0.4F, 1.6F) * kBend;
    for (Vec& node : nodes_) {
      node.x = random.bell(strength);
      node.y = random.bell(strength);
    }
  }

  [[nodiscard]] Vec at(float x, float y) const {
    const Cell column = cell(x);
    const Cell row = cell(y);
    Vec sum;
    for (std::size_t i = 0; i < 4; ++i) {
      for (std::size_t j = 0; j < 4; ++j) {
        const float weight = row.weights[i] * column.weights[j];
        const Vec node = nodes_[(row.first + i) * kSide + column.first + j];
        sum.x += weight * node.x;
        sum.y += weight * node.y;
      }
    }
    return sum;
  }

 private:
  static constexpr std::size_t kSide = 7;
  static constexpr float kSpacing = 9.0F;
  struct Cell {
    std::size_t first = 0;
    std::array<float, 4> weights = {};
  };

  static Cell cell(float coordinate) {
    const float place = std::clamp((coordinate + 4.0F) * (1.0F / kSpacing), 0.0F, 3.999F);
    const auto first = static_cast<std::size_t>(place);
    const float t = place - static_cast<float>(first);
    const float u = 1.0F - t;
    const float near = 4.0F - 6.0F * (t * t) + 3.0F * (t * t * t);
    const float far = 4.0F - 6.0F * (u * u) + 3.0F * (u * u * u);
    constexpr float kSixth = 1.0F / 6.0F;
    return {first, {kSixth * (u * u * u), kSixth * near, kSixth * far, kSixth * (t * t * t)}};
  }

  std::array<Vec, kSide* kSide> nodes_ = {};
};

void bend(PenTrack& track, DigitRandom& random) {
  const Bending bending(random);
  for (PenPoint& point : track) {
    const Vec move = bending.at(point.x, point.y);
    point.x += move.x;
    point.y += move.y;
  }
}

// Ink: a base radius, heavier or lighter towards the end, and fuller or thinner in the middle.
void press(PenTrack& track, DigitRandom& random) {
  const float base = random.uniform(0.75F, 1.75F);
  const float tilt = random.bell(0.14F);
  const float belly = random.bell(0.14F);
  const float unit = 2.0F / static_cast<float>(track.size());
  for (std::size_t i = 0; i < track.size(); ++i) {
    const float along = static_cast<float>(i) * unit - 1.0F;  // -1 to 1
    const float pressure = 1.0F + tilt * along + belly * (1.0F - 2.0F * along * along);
    track[i].radius = base * pressure;
  }
}

// Lifts the pen wherever it comes near one random point of its own track.
void skip(PenTrack& track, DigitRandom& random) {
  const PenPoint centre = track[random.below(static_cast<std::uint32_t>(track.size()))];
  const float reach = centre.radius + random.uniform(0.4F, 1.4F);
  for (PenPoint& point : track) {
    const float dx = point.x - centre.x;
    const float dy = point.y - centre.y;
    if (dx * dx + dy * dy < reach * reach) point.down = false;
  }
}

// Adds a short stray line at a random place.
void add_mark(PenTrack& track, DigitRandom& random) {
  const float x = random.uniform(1.0F, 26.0F);
  const float y = random.uniform(1.0F, 26.0F);
  const float dx = random.bell(2.0F);
  const float dy = random.bell(2.0F);
  const float radius = random.uniform(0.5F, 1.0F);
  track.push_back({x, y, radius, true});
  track.push_back({x + dx, y + dy, radius, false});
}

}  // namespace

PenTrack write_shape(Shape shape, DigitRandom& random) {
  PenTrack track = curves(slipped(shape, random));
  place(track, random);
  bend(track, random);
  press(track, random);
  if (random.chance(kGapChance)) skip(track, random);
  if (random.chance(kMarkChance)) add_mark(track, random);
  return track;
}

}  // namespace forknet::data
