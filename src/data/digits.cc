#include "data/digits.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/philox.h"
#include "data/digits_pen.h"
#include "data/digits_random.h"
#include "data/digits_shapes.h"

namespace forknet::data {
namespace {

constexpr unsigned kDigitClasses = 10;
// Counter word c of the blocks that shuffle labels; the blocks of an image count up from 0.
constexpr std::uint32_t kLabelStream = 0x80000000U;

}  // namespace

// Ten labels are shuffled together (Fisher and Yates), with their group's number in the key.
unsigned digit_label(std::uint64_t seed, std::uint64_t index) {
  const std::uint64_t group = index / kDigitClasses;
  std::array<unsigned, kDigitClasses> labels = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  PhiloxBlock block = {};
  for (unsigned i = 0; i + 1 < kDigitClasses; ++i) {
    if (i % 4 == 0) {
      block = random_block(seed, Purpose::digits, static_cast<std::uint32_t>(group),
                           static_cast<std::uint32_t>(group >> 32), kLabelStream + i / 4);
    }
    const std::uint64_t left = kDigitClasses - i;
    const auto other = i + static_cast<unsigned>((block[i % 4] * left) >> 32);
    std::swap(labels[i], labels[other]);
  }
  return labels[static_cast<std::size_t>(index % kDigitClasses)];
}

void draw_digit(std::uint64_t seed, std::uint64_t index,
                std::span<std::uint8_t, kDigitPixels> out) {
  DigitRandom random(seed, index);
  const std::span<const Shape> shapes = digit_shapes(digit_label(seed, index));
  const Shape shape = shapes[random.below(static_cast<std::uint32_t>(shapes.size()))];
  const PenTrack track = write_shape(shape, random);
  draw_track(track, random, out);
}

}  // namespace forknet::data
