// From the track of a pen to grey pixels: anti-aliased ink, blur, grain and noise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "data/digits_pen.h"
#include "data/digits_random.h"

namespace forknet::data {

inline constexpr std::size_t kDigitSide = 28;
inline constexpr std::size_t kDigitPixels = kDigitSide * kDigitSide;

// Draws the track row by row, 0 is paper and 255 full ink. Parts outside the image are clipped.
void draw_track(const PenTrack& track, DigitRandom& random,
                std::span<std::uint8_t, kDigitPixels> out);

}  // namespace forknet::data
