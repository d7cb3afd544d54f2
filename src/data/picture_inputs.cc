#include "data/picture_inputs.h"

#include <cstddef>
#include <cstdint>

namespace forknet::data {
namespace {

// The sum over the outermost pixels of one row.
std::uint64_t border_sum(const std::uint8_t* row, const PictureInputs& pictures) {
  const std::size_t channels = pictures.color ? 3 : 1;
  std::uint64_t sum = 0;
  for (std::size_t y = 0; y < pictures.height; ++y) {
    const bool edge = y == 0 || y + 1 == pictures.height || pictures.width == 1;
    const std::size_t step = edge ? 1 : pictures.width - 1;
    for (std::size_t x = 0; x < pictures.width; x += step) {
      for (std::size_t c = 0; c < channels; ++c) {
        sum += row[(y * pictures.width + x) * channels + c];
      }
    }
  }
  return sum;
}

std::size_t border_numbers(const PictureInputs& pictures) {
  const std::size_t inner =
      pictures.width > 2 && pictures.height > 2 ? (pictures.width - 2) * (pictures.height - 2) : 0;
  return (pictures.width * pictures.height - inner) * (pictures.color ? 3 : 1);
}

}  // namespace

std::optional<PictureInputs> picture_inputs(const Table& table) {
  const std::vector<std::size_t>& shape = table.shape.row_shape;
  const bool color = shape.size() == 3 && shape[2] == 3;
  if (table.shape.element != Element::u8 || (shape.size() != 2 && !color)) return std::nullopt;
  PictureInputs pictures{shape[1], shape[0], color, {}};
  double sum = 0;
  for (std::size_t row = 0; row < table.shape.rows; ++row) {
    sum += static_cast<double>(border_sum(table.u8_row(row), pictures));
  }
  pictures.border =
      sum / static_cast<double>(border_numbers(pictures)) / static_cast<double>(table.shape.rows);
  return pictures;
}

}  // namespace forknet::data
