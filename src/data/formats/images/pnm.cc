// Netpbm's PGM and PPM (netpbm.sourceforge.net/doc/pgm.html, ppm.html):
//
//   pnm = "P" ("2" | "3" | "5" | "6") space width space height space maximum space content
//
// P2 and P5 are grey, P3 and P6 red, green, blue; content in digits (2, 3) or bytes, two of them,
// most significant first, if maximum > 255. "#" begins a comment up to the end of the line.
#include <algorithm>

#include "base/try.h"
#include "data/error.h"
#include "data/formats/images/decoders.h"

namespace forknet::data {
namespace {

constexpr std::uint32_t kMostMaximum = 65'535;
constexpr std::uint32_t kMostNumber = 1'000'000'000;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class PnmReader {
 public:
  PnmReader(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  Status read_header() {
    color_ = bytes_[1] == '3' || bytes_[1] == '6';
    digits_ = bytes_[1] == '2' || bytes_[1] == '3';
    at_ = 2;
    FORKNET_ASSIGN(width_, number("the width"));
    FORKNET_ASSIGN(height_, number("the height"));
    FORKNET_ASSIGN(maximum_, number("the largest value"));
    if (maximum_ == 0 || maximum_ > kMostMaximum) {
      return data_error("{}: the largest value is {}; 1 to {} was expected", name_, maximum_,
                        kMostMaximum);
    }
    if (at_ == bytes_.size() || !is_space(bytes_[at_])) return damaged("a space before the pixels");
    ++at_;
    return {};
  }

  [[nodiscard]] PictureSize size() const { return {width_, height_, color_}; }

  Result<Picture> read_pixels() {
    Picture picture{width_, height_, color_ ? std::size_t{3} : 1, {}};
    const std::size_t count = picture.width * picture.height * picture.channels;
    const std::size_t each = digits_ || maximum_ <= 255 ? 1 : 2;
    // Every number but the last takes at least a digit and a space.
    const std::size_t least = digits_ ? 2 * count - 1 : count * each;
    if (bytes_.size() - at_ < least) {
      return data_error("{}: {} x {} pixels are promised, but the file ends before", name_, width_,
                        height_);
    }
    picture.pixels.resize(count);
    for (std::uint8_t& pixel : picture.pixels) {
      std::uint32_t value = 0;
      if (digits_) {
        FORKNET_ASSIGN(value, number("a value"));
      } else {
        for (std::size_t i = 0; i < each; ++i) {
          value = value << 8 | static_cast<unsigned char>(bytes_[at_++]);
        }
      }
      if (value > maximum_) {
        return data_error("{}: a value is {}, but the largest is said to be {}", name_, value,
                          maximum_);
      }
      pixel = static_cast<std::uint8_t>((value * 255 + maximum_ / 2) / maximum_);
    }
    while (at_ < bytes_.size() && is_space(bytes_[at_])) ++at_;
    if (at_ != bytes_.size()) return damaged("the end of the file");
    return picture;
  }

 private:
  [[nodiscard]] Error damaged(std::string_view expected) const {
    return data_error("{}: the picture is damaged at its byte {}; {} was expected", name_, at_,
                      expected);
  }

  void skip_spaces() {
    while (at_ < bytes_.size() && (is_space(bytes_[at_]) || bytes_[at_] == '#')) {
      if (bytes_[at_] == '#') {
        at_ = std::min(bytes_.find('\n', at_), bytes_.size());
      } else {
        ++at_;
      }
    }
  }

  Result<std::uint32_t> number(std::string_view what) {
    skip_spaces();
    if (at_ == bytes_.size() || !is_digit(bytes_[at_])) return damaged(what);
    std::uint32_t value = 0;
    for (; at_ < bytes_.size() && is_digit(bytes_[at_]); ++at_) {
      value =
          std::min(value, kMostNumber / 10) * 10 + static_cast<std::uint32_t>(bytes_[at_] - '0');
    }
    return value;
  }

  std::string_view bytes_;
  std::string name_;
  std::size_t at_ = 0;
  bool color_ = false;
  bool digits_ = false;
  std::uint32_t width_ = 0;
  std::uint32_t height_ = 0;
  std::uint32_t maximum_ = 0;
};

}  // namespace

Result<PictureSize> pnm_size(std::string_view bytes, const std::string& name) {
  PnmReader reader(bytes, name);
  FORKNET_TRY(reader.read_header());
  return reader.size();
}

Result<Picture> decode_pnm(std::string_view bytes, const PictureSize&, const std::string& name) {
  PnmReader reader(bytes, name);
  FORKNET_TRY(reader.read_header());
  return reader.read_pixels();
}

}  // namespace forknet::data
