#include "data/augment/sheet.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "base/check.h"
#include "data/gather.h"
#include "math/float_state.h"

namespace forknet::data {
namespace {

constexpr std::size_t kMostShown = 8;
constexpr std::size_t kMostEpochs = 9;
constexpr std::size_t kSide = 1024;
constexpr std::size_t kGap = 2;  // pixels between pictures
constexpr std::uint8_t kGround = 128;

std::size_t that_fit(std::size_t pixels, std::size_t most) {
  return std::clamp<std::size_t>(kSide / (pixels + kGap), 1, most);
}

// Numbers as the table has them, not scaled.
using Shades = std::vector<std::vector<float>>;

Shades unscaled(const View& view, const std::vector<float>& panels, std::size_t rows) {
  const std::size_t features = view.table->shape.features;
  const math::PanelView<const float> from = {panels.data(), rows, features, rows * math::kLanes};
  Shades numbers(rows, std::vector<float>(features));
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < features; ++c) {
      const bool constant = view.scaling.factor.size() > 1 && view.scaling.factor[c] == 0;
      numbers[r][c] = constant ? view.scaling.offset[c]
                               : static_cast<float>(view.scaling.back(double{from.at(r, c)}, c));
    }
  }
  return numbers;
}

// One entry for each column of the sheet: the rows as they are, then of each epoch.
std::vector<Shades> columns_of(const View& view, const std::vector<std::uint32_t>& positions,
                               std::size_t epochs) {
  const std::size_t rows = positions.size();
  const std::size_t features = view.table->shape.features;
  std::vector<float> panels(math::panel_numbers(rows, features));
  const math::PanelView<float> to = {panels.data(), rows, features, rows * math::kLanes};
  gather<float>(view, positions, {to, nullptr, {}, nullptr},
                math::element_kernels<float>(math::best_target()));
  std::vector<Shades> columns = {unscaled(view, panels, rows)};
  const Augmenter<float> augmenter(view.augment, math::best_target());
  std::vector<std::byte> memory(augmenter.memory_bytes());
  for (std::size_t epoch = 0; epoch < epochs; ++epoch) {
    gather_varied(view, positions, epoch, augmenter, memory.data(), to);
    columns.push_back(unscaled(view, panels, rows));
  }
  return columns;
}

// The range that is shown from black to white.
std::pair<float, float> range_of(const View& view, const Shades& rows) {
  if (view.table->shape.element == Element::u8) return {0.0F, 255.0F};
  float low = std::numeric_limits<float>::max();
  float high = std::numeric_limits<float>::lowest();
  for (const std::vector<float>& row : rows) {
    const auto [least, most] = std::minmax_element(row.begin(), row.end());
    low = std::min(low, *least);
    high = std::max(high, *most);
  }
  return {low, high > low ? high : low + 1.0F};
}

std::uint8_t shade(float number, const std::pair<float, float>& range) {
  const float share = (number - range.first) / (range.second - range.first);
  return static_cast<std::uint8_t>(std::lround(std::clamp(share, 0.0F, 1.0F) * 255.0F));
}

}  // namespace

Sheet augmented_sheet(const View& view) {
  const math::FloatStateScope float_state;
  const Augmentation& form = view.augment;
  FORKNET_CHECK(form.any());
  Sheet sheet;
  sheet.shown = std::min(that_fit(form.height, kMostShown), view.size());
  sheet.epochs = that_fit(form.width, kMostEpochs + 1) - 1;
  sheet.epochs = std::max<std::size_t>(sheet.epochs, 1);
  std::vector<std::uint32_t> positions(sheet.shown);
  for (std::size_t i = 0; i < positions.size(); ++i) positions[i] = static_cast<std::uint32_t>(i);
  const std::vector<Shades> columns = columns_of(view, positions, sheet.epochs);
  const auto range = range_of(view, columns[0]);
  Picture& picture = sheet.picture;
  picture.width = columns.size() * (form.width + kGap) - kGap;
  picture.height = sheet.shown * (form.height + kGap) - kGap;
  picture.channels = form.channels >= 3 ? 3 : 1;
  picture.pixels.assign(picture.width * picture.height * picture.channels, kGround);
  for (std::size_t column = 0; column < columns.size(); ++column) {
    for (std::size_t line = 0; line < sheet.shown; ++line) {
      for (std::size_t pixel = 0; pixel < form.width * form.height; ++pixel) {
        const std::size_t x = column * (form.width + kGap) + pixel % form.width;
        const std::size_t y = line * (form.height + kGap) + pixel / form.width;
        for (std::size_t c = 0; c < picture.channels; ++c) {
          picture.pixels[(y * picture.width + x) * picture.channels + c] =
              shade(columns[column][line][pixel * form.channels + c], range);
        }
      }
    }
  }
  return sheet;
}

}  // namespace forknet::data
