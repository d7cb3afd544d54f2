#include <spng.h>

#include <memory>

#include "base/try.h"
#include "data/error.h"
#include "data/formats/images/decoders.h"

namespace forknet::data {
namespace {

constexpr std::size_t kMostChunk = std::size_t{1} << 20;   // bytes of one chunk of text or colors
constexpr std::size_t kMostChunks = std::size_t{1} << 22;  // bytes of all kept chunks
constexpr std::size_t kChannels = 4;
constexpr unsigned kOpaque = 255;

struct FreeContext {
  void operator()(spng_ctx* context) const { spng_ctx_free(context); }
};
using Context = std::unique_ptr<spng_ctx, FreeContext>;

Error png_error(int code, const std::string& name) {
  return data_error("{}: the PNG picture is damaged ({}); is the file complete?", name,
                    spng_strerror(code));
}

Result<Context> png_context(std::string_view bytes, const std::string& name) {
  Context context(spng_ctx_new(0));
  if (!context) return Error{ErrorKind::internal, name + ": no memory to decode the picture"};
  int code = spng_set_chunk_limits(context.get(), kMostChunk, kMostChunks);
  if (code == 0) code = spng_set_png_buffer(context.get(), bytes.data(), bytes.size());
  if (code != 0) return png_error(code, name);
  return context;
}

Result<spng_ihdr> png_header(spng_ctx* context, const std::string& name) {
  spng_ihdr header{};
  const int code = spng_get_ihdr(context, &header);
  if (code != 0) return png_error(code, name);
  return header;
}

std::uint8_t over_white(unsigned value, unsigned alpha) {
  return static_cast<std::uint8_t>((value * alpha + kOpaque * (kOpaque - alpha) + kOpaque / 2) /
                                   kOpaque);
}

}  // namespace

Result<PictureSize> png_size(std::string_view bytes, const std::string& name) {
  FORKNET_ASSIGN(const Context context, png_context(bytes, name));
  FORKNET_ASSIGN(const spng_ihdr header, png_header(context.get(), name));
  const bool grey = header.color_type == SPNG_COLOR_TYPE_GRAYSCALE ||
                    header.color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA;
  return PictureSize{header.width, header.height, !grey};
}

Result<Picture> decode_png(std::string_view bytes, const PictureSize& size,
                           const std::string& name) {
  FORKNET_ASSIGN(const Context context, png_context(bytes, name));
  const std::size_t count = size.width * size.height;
  std::vector<std::uint8_t> decoded(count * kChannels);
  const int code = spng_decode_image(context.get(), decoded.data(), decoded.size(), SPNG_FMT_RGBA8,
                                     SPNG_DECODE_TRNS);
  if (code != 0) return png_error(code, name);
  Picture picture{size.width, size.height, size.color ? std::size_t{3} : 1, {}};
  picture.pixels.resize(count * picture.channels);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t* from = &decoded[i * kChannels];
    for (std::size_t c = 0; c < picture.channels; ++c) {
      picture.pixels[i * picture.channels + c] = over_white(from[c], from[3]);
    }
  }
  return picture;
}

}  // namespace forknet::data
