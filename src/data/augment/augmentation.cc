#include "data/augment/augmentation.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "data/idx_header.h"

namespace forknet::data {
namespace {

constexpr std::size_t kMostChannels = 4;

}  // namespace

bool Augmentation::moves() const {
  AugmentConfig places = by;
  places.noise = 0;
  return places.any();
}

Result<Augmentation> augmentation_of(const AugmentConfig& by, const Table& table,
                                     std::uint64_t seed) {
  if (!by.any()) return Augmentation();
  const std::vector<std::size_t>& shape = table.shape.row_shape;
  const bool colored = shape.size() == 3 && shape[2] <= kMostChannels;
  if (shape.size() == 2 || colored) {
    return Augmentation{by, seed, shape[1], shape[0], colored ? shape[2] : 1};
  }
  return Error{ErrorKind::config,
               fmt::format("data.augment: {}: a row has the shape {}, which is no picture\n"
                           "  expected (height, width) or (height, width, channels), with at most "
                           "{} channels\n"
                           "  store the rows in that shape (idx, npy, images), or leave "
                           "data.augment out",
                           table.inputs_name.empty() ? "the training rows" : table.inputs_name,
                           shape.empty() ? std::to_string(table.shape.features) : shape_text(shape),
                           kMostChannels)};
}

std::string describe(const AugmentConfig& by) {
  std::string text;
  for (const auto& [name, amount] : {std::pair{"shift", by.shift},
                                     {"rotate", by.rotate},
                                     {"scale", by.scale},
                                     {"shear", by.shear},
                                     {"elastic", by.elastic},
                                     {"noise", by.noise}}) {
    if (amount != 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, amount);
  }
  return text;
}

}  // namespace forknet::data
