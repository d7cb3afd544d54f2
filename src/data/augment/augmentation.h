// How the training pictures of a view are varied: what of, by which seed, and the form of the
// pictures. A plain value; other processes get its bytes (view_share.h).
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "data/table.h"

namespace forknet::data {

struct Augmentation {
  AugmentConfig by;
  std::uint64_t seed = 0;
  std::uint64_t width = 0;  // of a picture, in pixels
  std::uint64_t height = 0;
  std::uint64_t channels = 0;  // numbers per pixel, one beside the other

  [[nodiscard]] bool any() const { return by.any(); }
  // Whether pixels change their places.
  [[nodiscard]] bool moves() const;
};

// For the rows of a table: (height, width) or (height, width, 1 to 4). None without settings; Error
// (config): there are settings, but the rows have no such shape.
[[nodiscard]] Result<Augmentation> augmentation_of(const AugmentConfig& by, const Table& table,
                                                   std::uint64_t seed);

// "shift 2, rotate 10": what is on, by the names of the settings.
[[nodiscard]] std::string describe(const AugmentConfig& by);

}  // namespace forknet::data
