// The files of the built-in data set: threads draw, one compresses.
#include <algorithm>
#include <array>
#include <atomic>
#include <utility>
#include <vector>

#include "base/try.h"
#include "data/digits.h"
#include "data/idx_writer.h"
#include "os/durable_file.h"
#include "os/file.h"
#include "os/thread.h"

namespace forknet::data {
namespace {

constexpr std::size_t kChunk = 4096;  // images in memory at once
constexpr std::size_t kPortion = 64;  // images that a thread takes at a time
constexpr std::size_t kMostImages = std::size_t{1} << 31;
constexpr unsigned kMostThreads = 1024;
constexpr unsigned kFolderMode = 0755;

// One set of images while it is written into two files.
struct DigitsSet {
  std::uint64_t seed = 0;
  std::uint64_t first = 0;  // index of the first image
  std::size_t count = 0;
  IdxWriter images;
  IdxWriter labels;
};

Result<DigitsSet> open_set(std::uint64_t seed, std::uint64_t first, std::size_t count,
                           const std::string& prefix) {
  const auto images = static_cast<std::uint32_t>(count);
  const auto side = static_cast<std::uint32_t>(kDigitSide);
  const std::array<std::uint32_t, 3> image_sizes = {images, side, side};
  const std::array<std::uint32_t, 1> label_sizes = {images};
  FORKNET_ASSIGN(IdxWriter image_file,
                 IdxWriter::create(prefix + "-images-idx3-ubyte.gz", image_sizes));
  FORKNET_ASSIGN(IdxWriter label_file,
                 IdxWriter::create(prefix + "-labels-idx1-ubyte.gz", label_sizes));
  return DigitsSet{seed, first, count, std::move(image_file), std::move(label_file)};
}

// Draws the images from `first` on into pixels. Threads take portions from a shared counter; the
// caller works too, so a thread that cannot be started costs only speed.
void draw_chunk(std::uint64_t seed, std::uint64_t first, std::span<std::uint8_t> pixels,
                unsigned threads) {
  const std::size_t count = pixels.size() / kDigitPixels;
  std::atomic<std::size_t> taken = 0;  // relaxed: a ticket counter; join() publishes the pixels
  const auto work = [&] {
    for (;;) {
      const std::size_t begin = taken.fetch_add(kPortion, std::memory_order_relaxed);
      for (std::size_t i = begin; i < std::min(begin + kPortion, count); ++i) {
        draw_digit(seed, first + i, pixels.subspan(i * kDigitPixels).first<kDigitPixels>());
      }
      if (begin + kPortion >= count) return;
    }
  };
  std::vector<os::Thread> helpers;  // joined on destruction
  helpers.reserve(threads);
  while (helpers.size() + 1 < threads) {
    auto helper = os::Thread::start("a thread that draws", work);
    if (!helper.ok()) break;  // the system grants no more threads
    helpers.push_back(std::move(*helper));
  }
  work();
}

Status write_set(DigitsSet& set, unsigned threads) {
  std::vector<std::uint8_t> pixels;
  std::vector<std::uint8_t> labels;
  for (std::size_t begin = 0; begin < set.count; begin += kChunk) {
    const std::size_t count = std::min(kChunk, set.count - begin);
    pixels.resize(count * kDigitPixels);
    labels.resize(count);
    draw_chunk(set.seed, set.first + begin, pixels, threads);
    for (std::size_t i = 0; i < count; ++i) {
      labels[i] = static_cast<std::uint8_t>(digit_label(set.seed, set.first + begin + i));
    }
    FORKNET_TRY(set.images.append(pixels));
    FORKNET_TRY(set.labels.append(labels));
  }
  FORKNET_TRY(set.images.finish());
  return set.labels.finish();
}

Status check_options(const DigitsOptions& options) {
  for (const std::size_t count : {options.train, options.test}) {
    if (count < 1 || count > kMostImages) {
      return Error{ErrorKind::usage, "digits: cannot draw " + std::to_string(count) +
                                         " images; expected 1 to " + std::to_string(kMostImages)};
    }
  }
  if (options.threads < 1 || options.threads > kMostThreads) {
    return Error{ErrorKind::usage, "digits: cannot draw with " + std::to_string(options.threads) +
                                       " threads; expected 1 to " + std::to_string(kMostThreads)};
  }
  return {};
}

}  // namespace

Status draw_digits(const DigitsOptions& options, const std::string& folder) {
  FORKNET_TRY(check_options(options));
  FORKNET_TRY(os::make_folder(folder, kFolderMode, true));
  FORKNET_TRY(os::remove_stray_temporaries(folder));  // left by a run that was killed
  FORKNET_ASSIGN(DigitsSet train, open_set(options.seed, 0, options.train, folder + "/train"));
  FORKNET_ASSIGN(DigitsSet test,
                 open_set(options.seed, kFirstTestDigit, options.test, folder + "/t10k"));
  FORKNET_TRY(write_set(train, options.threads));
  FORKNET_TRY(write_set(test, options.threads));
  for (IdxWriter* file : {&train.images, &train.labels, &test.images, &test.labels}) {
    FORKNET_TRY(file->commit());
  }
  return {};
}

}  // namespace forknet::data
