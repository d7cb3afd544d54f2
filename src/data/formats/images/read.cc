#include "data/formats/images/read.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "base/try.h"
#include "data/error.h"
#include "data/formats/images/each.h"

namespace forknet::data {
namespace {

constexpr std::size_t kNamedSizes = 4;

// The common size of all pictures; the Error counts the sizes.
Result<PictureSize> common_size(const PictureFiles& files, const ReadingProgress& progress) {
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> counts;
  const auto measure = [&](std::size_t place, const std::string& bytes) -> Status {
    FORKNET_ASSIGN(const PictureSize size, picture_size(bytes, files.files[place].path));
    ++counts[{size.width, size.height}];
    return {};
  };
  FORKNET_TRY(for_each_picture(files, progress, measure));
  if (counts.size() == 1) {
    const auto [width, height] = counts.begin()->first;
    return PictureSize{width, height, false};
  }
  std::string list;
  std::size_t shown = 0;
  for (const auto& [size, count] : counts) {
    if (++shown > kNamedSizes) break;
    list +=
        fmt::format("{}{} of {} x {}", list.empty() ? "" : ", ", count, size.first, size.second);
  }
  return data_error(
      "{}: pictures of {} sizes: {}{}\n"
      "a model takes one: data.size = 28 brings all to 28 x 28 pixels",
      files.folder, counts.size(), list, counts.size() > kNamedSizes ? ", ..." : "");
}

// Calls take(a pixel's first byte) for the outermost pixels.
template <class Take>
void for_border(const Picture& picture, const Take& take) {
  for (std::size_t y = 0; y < picture.height; ++y) {
    const bool edge = y == 0 || y + 1 == picture.height;
    const std::size_t step = edge || picture.width == 1 ? 1 : picture.width - 1;
    for (std::size_t x = 0; x < picture.width; x += step) {
      take((y * picture.width + x) * picture.channels);
    }
  }
}

void invert(Picture& picture) {
  for (std::uint8_t& pixel : picture.pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
}

bool is_negative(const Picture& picture, const PictureRequest& request) {
  if (request.invert != Invert::by_border) return request.invert == Invert::always;
  const double border = border_mean(picture);
  return std::abs(255 - border - request.border) < std::abs(border - request.border);
}

// Turns files into rows and gathers figures about them.
class RowReader {
 public:
  RowReader(const PictureRequest& request, PictureSize size, std::size_t rows)
      : request_(request), size_(size), borders_(rows, 0.0) {}

  Status read(const PictureFile& file, const std::string& bytes, std::size_t place,
              std::span<std::byte> row) {
    FORKNET_ASSIGN(Picture picture, decode_picture(bytes, file.path));
    in_color_ += picture.channels == 3 ? 1 : 0;
    picture = with_channels(std::move(picture), request_.form.color ? 3 : 1);
    if (request_.form.width != 0) picture = resized(picture, size_.width, size_.height);
    if (picture.width != size_.width || picture.height != size_.height) {
      return data_error("{}: the picture has changed while it was read", file.path);
    }
    if (is_negative(picture, request_)) {
      invert(picture);
      ++inverted_;
    }
    borders_[place] = border_mean(picture);
    std::copy_n(reinterpret_cast<const std::byte*>(picture.pixels.data()), row.size(), row.data());
    return {};
  }

  [[nodiscard]] PictureTable result(TablePointer table) const {
    // In the order of the rows, whatever the order of the files.
    const double sum = std::accumulate(borders_.begin(), borders_.end(), 0.0);
    const double mean = sum / static_cast<double>(table->shape.rows);
    return {std::move(table), mean, in_color_, inverted_};
  }

 private:
  const PictureRequest& request_;
  PictureSize size_;
  std::vector<double> borders_;  // by row
  std::size_t in_color_ = 0;
  std::size_t inverted_ = 0;
};

Table describe(const PictureFiles& files, const PictureSize& size, std::size_t channels) {
  Table table;
  table.inputs_name = files.folder;
  table.labels_name = files.folder;
  table.shape.element = Element::u8;
  table.shape.rows = files.files.size();
  table.shape.row_shape = {size.height, size.width};
  if (channels > 1) table.shape.row_shape.push_back(channels);
  table.shape.features = size.height * size.width * channels;
  table.shape.labelled = !files.classes.empty();
  table.shape.classes = files.classes.size();
  return table;
}

}  // namespace

double border_mean(const Picture& picture) {
  std::uint64_t sum = 0;
  std::uint64_t count = 0;
  for_border(picture, [&](std::size_t at) {
    for (std::size_t c = 0; c < picture.channels; ++c) sum += picture.pixels[at + c];
    count += picture.channels;
  });
  return static_cast<double>(sum) / static_cast<double>(count);
}

Result<PictureTable> read_pictures(const PictureFiles& files, const PictureRequest& request,
                                   const Reading& reading) {
  PictureSize size{request.form.width, request.form.height, false};
  if (size.width == 0) {
    FORKNET_ASSIGN(size, common_size(files, reading.progress));
  }
  const std::size_t channels = request.form.color ? 3 : 1;
  RowReader reader(request, size, files.files.size());
  const auto fill = [&](const TableParts& parts) -> Status {
    const std::size_t bytes = size.width * size.height * channels;
    const auto take = [&](std::size_t row, const std::string& content) {
      if (!parts.labels.empty()) parts.labels[row] = files.files[row].label;
      return reader.read(files.files[row], content, row, parts.inputs.subspan(row * bytes, bytes));
    };
    return for_each_picture(files, reading.progress, take);
  };
  FORKNET_ASSIGN(TablePointer table,
                 build_table(describe(files, size, channels), fill, {reading.cache}));
  return reader.result(std::move(table));
}

}  // namespace forknet::data
