// NPY and NPZ content made by hand, not by the code under test.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/data_files.h"

namespace forknet::data {

inline std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) {
    text += i < 8 ? static_cast<char>((value >> (8 * i)) & 0xff) : '\0';
  }
  return text;
}

// A file of version `major` with that literal, padded as numpy does.
inline std::string npy_of(std::string literal, std::string_view content, int major = 1) {
  literal.resize((literal.size() + 64) / 64 * 64, ' ');
  literal += '\n';
  std::string text = "\x93NUMPY";
  text += static_cast<char>(major);
  text += '\0';
  return text + little_endian(literal.size(), major == 1 ? 2 : 4) + literal + std::string(content);
}

// npy("<f4", "(2, 3)", content)
inline std::string npy(const std::string& descr, const std::string& shape, std::string_view content,
                       bool fortran = false) {
  return npy_of("{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") +
                    ", 'shape': " + shape + ", }",
                content);
}

inline std::string f32_text(const std::vector<float>& values) {
  std::string text;
  for (const float value : values) text += little_endian(std::bit_cast<std::uint32_t>(value), 4);
  return text;
}

inline std::string f64_text(const std::vector<double>& values) {
  std::string text;
  for (const double value : values) text += little_endian(std::bit_cast<std::uint64_t>(value), 8);
  return text;
}

inline std::string deflated(std::string_view content) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK) std::abort();
  std::string packed(deflateBound(&stream, content.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) std::abort();
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

// A zip (PKWARE, APPNOTE.TXT) of those members, stored or deflated; `method` is what it says.
inline std::string zip(const std::vector<std::pair<std::string, std::string>>& members,
                       bool packed = false, int method = -1, bool names_in_utf8 = false) {
  std::string body;
  std::string directory;
  for (const auto& [name, content] : members) {
    const std::string data = packed ? deflated(content) : content;
    const auto crc =
        crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
    const std::string common =
        little_endian(20, 2) + little_endian(names_in_utf8 ? 1 << 11 : 0, 2) +
        little_endian(method >= 0 ? method
                      : packed    ? 8
                                  : 0,
                      2) +
        little_endian(0, 4) + little_endian(crc, 4) + little_endian(data.size(), 4) +
        little_endian(content.size(), 4) + little_endian(name.size(), 2) + little_endian(0, 2);
    directory += "PK\x01\x02" + little_endian(20, 2) + common + little_endian(0, 2 + 2 + 2 + 4) +
                 little_endian(body.size(), 4) + name;
    body += "PK\x03\x04" + common + name + data;
  }
  return body + directory + "PK\x05\x06" + little_endian(0, 4) + little_endian(members.size(), 2) +
         little_endian(members.size(), 2) + little_endian(directory.size(), 4) +
         little_endian(body.size(), 4) + little_endian(0, 2);
}

}  // namespace forknet::data
