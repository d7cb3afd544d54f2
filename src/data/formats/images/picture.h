// Pictures in memory: decoded from PNG, JPEG, PGM or PPM to bytes, brought to one size and to grey
// or color. Pure: the same bytes of a file give the same pixels everywhere. Limits are checked
// before anything is allocated. Errors are of kind data and begin with `name`.
//
// Ignored: gamma, color profiles, the orientation stored by cameras. 16 bits per channel become 8.
// Transparent areas become white.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace forknet::data {

inline constexpr std::size_t kMostPictureSide = 16'384;
inline constexpr std::size_t kMostPicturePixels = std::size_t{1} << 26;
inline constexpr std::size_t kMostPictureFile = std::size_t{1} << 27;  // bytes

enum class PictureKind : std::uint8_t { png, jpeg, pnm };

// By the first bytes of a file; nothing: not a picture that can be read.
[[nodiscard]] std::optional<PictureKind> picture_kind(std::string_view head);

struct PictureSize {
  std::size_t width = 0;
  std::size_t height = 0;
  bool color = false;
  bool operator==(const PictureSize&) const = default;
};

struct Picture {
  std::size_t width = 0;
  std::size_t height = 0;
  std::size_t channels = 1;          // 1: grey, 3: red, green, blue
  std::vector<std::uint8_t> pixels;  // (height, width, channels)
};

// The size in a picture's header, within the limits.
[[nodiscard]] Result<PictureSize> picture_size(std::string_view bytes, const std::string& name);
// Error: damage that may affect the pixels, also a missing end.
[[nodiscard]] Result<Picture> decode_picture(std::string_view bytes, const std::string& name);

// Converts to that many channels. Grey = (19595 red + 38470 green + 7471 blue + 32768) / 65536, the
// weights of ITU-R BT.601 as in Pillow.
[[nodiscard]] Picture with_channels(Picture picture, std::size_t channels);

// Scales to width x height pixels: each is the mean of the picture's area that it covers, in
// integers and rounded once. Does not keep proportions.
[[nodiscard]] Picture resized(const Picture& picture, std::size_t width, std::size_t height);

}  // namespace forknet::data
