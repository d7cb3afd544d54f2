// Pictures made by hand, not by the code under test.
#pragma once

#include <turbojpeg.h>
#include <zlib.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "data/data_files.h"

namespace forknet::data {

inline std::string png_chunk(const std::string& type, const std::string& content) {
  const std::string body = type + content;
  const auto crc =
      crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return big_endian(content.size(), 4) + body + big_endian(crc, 4);
}

inline std::string zlib_packed(const std::string& content) {
  uLongf size = compressBound(content.size());
  std::string packed(size, '\0');
  if (compress(reinterpret_cast<Bytef*>(packed.data()), &size,
               reinterpret_cast<const Bytef*>(content.data()), content.size()) != Z_OK) {
    std::abort();
  }
  packed.resize(size);
  return packed;
}

inline std::string png_header(std::uint32_t width, std::uint32_t height, int depth, int type) {
  return "\x89PNG\r\n\x1a\n" + png_chunk("IHDR", big_endian(width, 4) + big_endian(height, 4) +
                                                     bytes({depth, type, 0, 0, 0}));
}

// type: 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGBA; content: rows of `row_bytes` each.
inline std::string png(std::uint32_t width, std::uint32_t height, int type,
                       const std::string& content, int depth = 8, const std::string& chunks = "") {
  std::string lines;
  const std::size_t row_bytes = content.size() / height;
  for (std::size_t y = 0; y < height; ++y) {
    lines += '\0';  // no filter
    lines += content.substr(y * row_bytes, row_bytes);
  }
  return png_header(width, height, depth, type) + chunks + png_chunk("IDAT", zlib_packed(lines)) +
         png_chunk("IEND", "");
}

// A grey picture of one value.
inline std::string flat_png(std::uint32_t width, std::uint32_t height, int value) {
  return png(width, height, 0, std::string(std::size_t{width} * height, static_cast<char>(value)));
}

// format: TJPF_GRAY, TJPF_RGB or TJPF_CMYK.
inline std::string jpeg(int width, int height, int format, const std::string& pixels) {
  const tjhandle encoder = tjInitCompress();
  unsigned char* packed = nullptr;
  unsigned long size = 0;
  const int sampling = format == TJPF_GRAY ? TJSAMP_GRAY : TJSAMP_444;
  if (tjCompress2(encoder, reinterpret_cast<const unsigned char*>(pixels.data()), width, 0, height,
                  format, &packed, &size, sampling, 95, TJFLAG_ACCURATEDCT) != 0) {
    std::abort();
  }
  std::string text(reinterpret_cast<const char*>(packed), size);
  tjFree(packed);
  tjDestroy(encoder);
  return text;
}

inline std::string pgm(int width, int height, const std::string& pixels, int maximum = 255) {
  return "P5\n" + std::to_string(width) + " " + std::to_string(height) + "\n" +
         std::to_string(maximum) + "\n" + pixels;
}

}  // namespace forknet::data
