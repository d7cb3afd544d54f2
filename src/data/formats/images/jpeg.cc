#include <turbojpeg.h>

#include <memory>

#include "base/try.h"
#include "data/error.h"
#include "data/formats/images/decoders.h"

namespace forknet::data {
namespace {

struct FreeDecoder {
  void operator()(void* decoder) const { tjDestroy(decoder); }
};
using Decoder = std::unique_ptr<void, FreeDecoder>;

// The exact transform. Recoverable damage is an error, and so are pictures of thousands of passes.
constexpr int kFlags = TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS;

Error jpeg_error(const Decoder& decoder, const std::string& name) {
  return data_error("{}: the JPEG picture is damaged ({:.80}); is the file complete?", name,
                    tjGetErrorStr2(decoder.get()));
}

struct JpegHeader {
  int width = 0;
  int height = 0;
  int subsampling = 0;
  int colors = 0;
};

const unsigned char* data_of(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

Result<JpegHeader> jpeg_header(const Decoder& decoder, std::string_view bytes,
                               const std::string& name) {
  if (!decoder) return Error{ErrorKind::internal, name + ": no memory to decode the picture"};
  JpegHeader header;
  if (tjDecompressHeader3(decoder.get(), data_of(bytes), bytes.size(), &header.width,
                          &header.height, &header.subsampling, &header.colors) != 0) {
    return jpeg_error(decoder, name);
  }
  if (header.colors == TJCS_CMYK || header.colors == TJCS_YCCK) {
    return data_error("{}: a JPEG picture in the colors of printers (CMYK)\nexpected grey or RGB",
                      name);
  }
  return header;
}

}  // namespace

Result<PictureSize> jpeg_size(std::string_view bytes, const std::string& name) {
  const Decoder decoder(tjInitDecompress());
  FORKNET_ASSIGN(const JpegHeader header, jpeg_header(decoder, bytes, name));
  return PictureSize{static_cast<std::size_t>(header.width),
                     static_cast<std::size_t>(header.height), header.colors != TJCS_GRAY};
}

Result<Picture> decode_jpeg(std::string_view bytes, const PictureSize& size,
                            const std::string& name) {
  const Decoder decoder(tjInitDecompress());
  FORKNET_ASSIGN(const JpegHeader header, jpeg_header(decoder, bytes, name));
  Picture picture{size.width, size.height, size.color ? std::size_t{3} : 1, {}};
  picture.pixels.resize(size.width * size.height * picture.channels);
  if (tjDecompress2(decoder.get(), data_of(bytes), bytes.size(), picture.pixels.data(),
                    header.width, 0, header.height, size.color ? TJPF_RGB : TJPF_GRAY,
                    kFlags) != 0) {
    return jpeg_error(decoder, name);
  }
  return picture;
}

}  // namespace forknet::data
