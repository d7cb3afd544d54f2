#include "data/formats/images/png_writer.h"

#include <spng.h>

#include <cstdlib>
#include <memory>

#include "base/check.h"

namespace forknet::data {
namespace {

struct FreeEncoder {
  void operator()(spng_ctx* context) const { spng_ctx_free(context); }
};
struct FreeEncoded {
  void operator()(void* buffer) const { std::free(buffer); }
};

Error cannot_write(int code) {
  return {ErrorKind::internal,
          std::string("the PNG picture cannot be made: ") + spng_strerror(code)};
}

}  // namespace

Result<std::string> encode_png(const Picture& picture) {
  FORKNET_CHECK(picture.pixels.size() == picture.width * picture.height * picture.channels);
  const std::unique_ptr<spng_ctx, FreeEncoder> context(spng_ctx_new(SPNG_CTX_ENCODER));
  if (!context) return cannot_write(SPNG_EMEM);
  spng_ihdr header{};
  header.width = static_cast<std::uint32_t>(picture.width);
  header.height = static_cast<std::uint32_t>(picture.height);
  header.bit_depth = 8;
  header.color_type = static_cast<std::uint8_t>(picture.channels == 3 ? SPNG_COLOR_TYPE_TRUECOLOR
                                                                      : SPNG_COLOR_TYPE_GRAYSCALE);
  int code = spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1);
  if (code == 0) code = spng_set_ihdr(context.get(), &header);
  if (code == 0) {
    code = spng_encode_image(context.get(), picture.pixels.data(), picture.pixels.size(),
                             SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE);
  }
  if (code != 0) return cannot_write(code);
  std::size_t bytes = 0;
  const std::unique_ptr<void, FreeEncoded> buffer(
      spng_get_png_buffer(context.get(), &bytes, &code));
  if (!buffer) return cannot_write(code);
  return std::string(static_cast<const char*>(buffer.get()), bytes);
}

}  // namespace forknet::data
