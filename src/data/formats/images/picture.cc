#include "data/formats/images/picture.h"

#include "base/try.h"
#include "data/error.h"
#include "data/formats/images/decoders.h"
#include "data/mistaken.h"

namespace forknet::data {
namespace {

constexpr std::string_view kPng = "\x89PNG\r\n\x1a\n";
constexpr std::string_view kJpeg = "\xff\xd8\xff";

Error not_a_picture(std::string_view bytes, const std::string& name) {
  if (bytes.empty()) return data_error("{}: the file is empty; a picture was expected", name);
  if (const std::string_view what = mistaken_for(bytes); !what.empty()) {
    return data_error("{}: {}", name, what);
  }
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && bytes[first] == '<') {
    return data_error("{}: this is a web page, not a picture: the download failed", name);
  }
  return data_error("{}: not a picture that can be read\nexpected PNG, JPEG, PGM or PPM", name);
}

Status check_limits(const PictureSize& size, const std::string& name) {
  if (size.width == 0 || size.height == 0) {
    return data_error("{}: a picture of {} x {} pixels; is the file complete?", name, size.width,
                      size.height);
  }
  if (size.width <= kMostPictureSide && size.height <= kMostPictureSide &&
      size.width * size.height <= kMostPicturePixels) {
    return {};
  }
  return data_error("{}: a picture of {} x {} pixels; at most {} a side and {} in all are read",
                    name, size.width, size.height, kMostPictureSide, kMostPicturePixels);
}

// The overlap of source pixels and output pixels along one axis: a source pixel is `outputs` wide,
// an output pixel `sources`, so that all widths are integers.
struct Overlaps {
  std::size_t sources;
  std::size_t outputs;
  [[nodiscard]] std::size_t first(std::size_t output) const { return output * sources / outputs; }
  [[nodiscard]] std::size_t end(std::size_t output) const {
    return ((output + 1) * sources + outputs - 1) / outputs;
  }
  [[nodiscard]] std::uint64_t weight(std::size_t source, std::size_t output) const {
    const std::size_t begin = std::max(source * outputs, output * sources);
    return std::min((source + 1) * outputs, (output + 1) * sources) - begin;
  }
};

}  // namespace

std::optional<PictureKind> picture_kind(std::string_view head) {
  if (head.starts_with(kPng)) return PictureKind::png;
  if (head.starts_with(kJpeg)) return PictureKind::jpeg;
  const bool pnm = head.size() >= 3 && head[0] == 'P' &&
                   std::string_view("2356").find(head[1]) != std::string_view::npos &&
                   std::string_view(" \t\r\n#").find(head[2]) != std::string_view::npos;
  return pnm ? std::optional(PictureKind::pnm) : std::nullopt;
}

Result<PictureSize> picture_size(std::string_view bytes, const std::string& name) {
  const std::optional<PictureKind> kind = picture_kind(bytes);
  if (!kind) return not_a_picture(bytes, name);
  Result<PictureSize> size = *kind == PictureKind::png    ? png_size(bytes, name)
                             : *kind == PictureKind::jpeg ? jpeg_size(bytes, name)
                                                          : pnm_size(bytes, name);
  if (size.ok()) FORKNET_TRY(check_limits(*size, name));
  return size;
}

Result<Picture> decode_picture(std::string_view bytes, const std::string& name) {
  FORKNET_ASSIGN(const PictureSize size, picture_size(bytes, name));
  switch (*picture_kind(bytes)) {
    case PictureKind::png:
      return decode_png(bytes, size, name);
    case PictureKind::jpeg:
      return decode_jpeg(bytes, size, name);
    case PictureKind::pnm:
      break;
  }
  return decode_pnm(bytes, size, name);
}

Picture with_channels(Picture picture, std::size_t channels) {
  if (picture.channels == channels) return picture;
  const std::size_t count = picture.width * picture.height;
  std::vector<std::uint8_t> pixels(count * channels);
  for (std::size_t i = 0; i < count; ++i) {
    if (channels == 1) {
      const std::uint8_t* rgb = &picture.pixels[3 * i];
      pixels[i] = static_cast<std::uint8_t>(
          (19595U * rgb[0] + 38470U * rgb[1] + 7471U * rgb[2] + 32768U) >> 16);
    } else {
      std::fill_n(&pixels[channels * i], channels, picture.pixels[i]);
    }
  }
  picture.channels = channels;
  picture.pixels = std::move(pixels);
  return picture;
}

Picture resized(const Picture& picture, std::size_t width, std::size_t height) {
  if (picture.width == width && picture.height == height) return picture;
  const std::size_t channels = picture.channels;
  const Overlaps across{picture.width, width};
  const Overlaps down{picture.height, height};
  // Sums of a row over the columns of each output pixel: at most 255 x 16384.
  std::vector<std::uint32_t> sums(picture.height * width * channels, 0);
  for (std::size_t y = 0; y < picture.height; ++y) {
    for (std::size_t ox = 0; ox < width; ++ox) {
      std::uint32_t* to = &sums[(y * width + ox) * channels];
      for (std::size_t x = across.first(ox); x < across.end(ox); ++x) {
        const auto weight = static_cast<std::uint32_t>(across.weight(x, ox));
        const std::uint8_t* from = &picture.pixels[(y * picture.width + x) * channels];
        for (std::size_t c = 0; c < channels; ++c) to[c] += weight * from[c];
      }
    }
  }
  const std::uint64_t area = std::uint64_t{picture.width} * picture.height;
  Picture result{width, height, channels, std::vector<std::uint8_t>(width * height * channels)};
  for (std::size_t oy = 0; oy < height; ++oy) {
    for (std::size_t i = 0; i < width * channels; ++i) {
      std::uint64_t sum = 0;
      for (std::size_t y = down.first(oy); y < down.end(oy); ++y) {
        sum += down.weight(y, oy) * sums[y * width * channels + i];
      }
      result.pixels[oy * width * channels + i] = static_cast<std::uint8_t>((sum + area / 2) / area);
    }
  }
  return result;
}

}  // namespace forknet::data
