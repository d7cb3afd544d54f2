// The built-in data set: 28x28 images of handwritten-like digits that forknet draws itself, so that
// a first run needs no download (docs/digits.md). Image and label are pure functions of (seed,
// index): the same bytes for every compiler, CPU and number of threads.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "data/digits_raster.h"

namespace forknet::data {

struct DigitsOptions {
  std::uint64_t seed = 1;
  std::size_t train = 60000;  // images; at least 1, at most 2^31
  std::size_t test = 10000;
  unsigned threads = 2;  // 1 to 1024; affects speed only
};

// The index of the first test image. Training images start at 0, so the sets share no image and
// neither depends on the size of the other.
inline constexpr std::uint64_t kFirstTestDigit = std::uint64_t{1} << 32;

// 0 to 9. Ten consecutive images from a multiple of 10 contain every digit once, in random order.
[[nodiscard]] unsigned digit_label(std::uint64_t seed, std::uint64_t index);

// out (28, 28), row by row: 0 is paper, 255 is full ink.
void draw_digit(std::uint64_t seed, std::uint64_t index, std::span<std::uint8_t, kDigitPixels> out);

// Writes train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz and
// t10k-labels-idx1-ubyte.gz into the folder, which is made if missing. Each file appears durably
// and whole, and none before all four are on disk. Errors: usage for impossible options, otherwise
// those of the operating system.
[[nodiscard]] Status draw_digits(const DigitsOptions& options, const std::string& folder);

}  // namespace forknet::data
