#include "data/digits_raster.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace forknet::data {
namespace {

constexpr auto kLast = static_cast<int>(kDigitSide) - 1;

using Ink = std::array<float, kDigitPixels>;  // 0 to 1

// The pixels from floor(low) to ceil(high), clipped to the image.
struct PixelRange {
  int begin = 0;
  int end = 0;
};

PixelRange pixels_between(float low, float high) {
  const float bound = static_cast<float>(kLast) + 1.0F;
  const auto begin = static_cast<int>(std::clamp(low, 0.0F, bound));
  const auto end = static_cast<int>(std::clamp(high + 2.0F, 0.0F, bound));
  return {begin, end};
}

// Inks a line with round ends whose radius goes from a's to b's. A pixel is covered as far as its
// centre lies inside the edge, half a pixel to either side; overlapping lines do not add up.
void ink_line(const PenPoint& a, const PenPoint& b, Ink& ink) {
  const float reach = std::max(a.radius, b.radius) + 0.5F;
  const PixelRange columns = pixels_between(std::min(a.x, b.x) - reach, std::max(a.x, b.x) + reach);
  const PixelRange rows = pixels_between(std::min(a.y, b.y) - reach, std::max(a.y, b.y) + reach);
  const float dx = b.x - a.x;
  const float dy = b.y - a.y;
  const float squared = std::max(dx * dx + dy * dy, 1e-6F);
  const float along_x = dx / squared;
  const float along_y = dy / squared;
  for (int row = rows.begin; row < rows.end; ++row) {
    const float py = static_cast<float>(row) - a.y;
    for (int column = columns.begin; column < columns.end; ++column) {
      const float px = static_cast<float>(column) - a.x;
      const float t = std::clamp(px * along_x + py * along_y, 0.0F, 1.0F);
      const float ex = px - t * dx;
      const float ey = py - t * dy;
      const float radius = a.radius + t * (b.radius - a.radius);
      const float cover = radius + 0.5F - std::sqrt(ex * ex + ey * ey);
      float& pixel =
          ink[static_cast<std::size_t>(row) * kDigitSide + static_cast<std::size_t>(column)];
      pixel = std::max(pixel, std::min(cover, 1.0F));
    }
  }
}

// One pass of the kernel (side, 1 - 2 side, side) over lines whose pixels lie `stride` apart.
void blur_lines(Ink& ink, std::size_t stride, std::size_t line_stride, float side) {
  for (std::size_t line = 0; line < kDigitSide; ++line) {
    float before = 0.0F;
    float* pixel = ink.data() + line * line_stride;
    for (std::size_t i = 0; i < kDigitSide; ++i, pixel += stride) {
      const float here = *pixel;
      const float after = i + 1 < kDigitSide ? pixel[stride] : 0.0F;
      *pixel = here + side * ((before - here) + (after - here));
      before = here;
    }
  }
}

// Adds random grain to the ink; a few images also have noisy paper.
void print(const Ink& ink, DigitRandom& random, std::span<std::uint8_t, kDigitPixels> out) {
  const float intensity = random.uniform(0.70F, 1.0F) * 255.0F;
  const float grain = random.uniform(0.0F, 0.25F);
  const float paper = random.chance(0.25F) ? random.uniform(0.0F, 0.16F) : 0.0F;
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < kDigitPixels; ++i) {
    if (i % 4 == 0) bits = random.word();
    const float noise = static_cast<float>((bits >> (i % 4 * 8)) & 255U) * (1.0F / 255.0F);
    const float value = ink[i] * (1.0F - grain * noise) + paper * (noise * noise) * (1.0F - ink[i]);
    out[i] = static_cast<std::uint8_t>(std::clamp(value * intensity + 0.5F, 0.0F, 255.0F));
  }
}

}  // namespace

void draw_track(const PenTrack& track, DigitRandom& random,
                std::span<std::uint8_t, kDigitPixels> out) {
  Ink ink = {};
  for (std::size_t i = 0; i + 1 < track.size(); ++i) {
    if (track[i].down) ink_line(track[i], track[i + 1], ink);
  }
  const float side = random.uniform(0.0F, 0.22F);
  blur_lines(ink, 1, kDigitSide, side);
  blur_lines(ink, kDigitSide, 1, side);
  print(ink, random, out);
}

}  // namespace forknet::data
