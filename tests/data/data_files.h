// Files for the tests of the data floor: a folder that goes away, bytes written into it, IDX and
// gzip content made by hand (not by the code under test).
#pragma once

#include <forknet/result.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace forknet::data {

class TestFolder {
 public:
  TestFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "forknet-data-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  [[nodiscard]] std::string path(const std::string& name) const { return (path_ / name).string(); }
  // The path of a new file of that content.
  [[nodiscard]] std::string file(const std::string& name, std::string_view content) const {
    std::ofstream out(path(name), std::ios::binary);
    out << content;
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

inline std::string big_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>((value >> (8 * i)) & 0xff);
  return text;
}

// An IDX file of that type and shape with that content.
inline std::string idx(int type, const std::vector<std::uint32_t>& shape,
                       std::string_view content) {
  std::string text = {'\0', '\0', static_cast<char>(type), static_cast<char>(shape.size())};
  for (const std::uint32_t size : shape) text += big_endian(size, 4);
  return text + std::string(content);
}

inline std::string bytes(const std::vector<int>& values) {
  std::string text;
  for (const int value : values) text += static_cast<char>(value);
  return text;
}

// One gzip member.
inline std::string gzip(std::string_view content) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) std::abort();
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

// Bytes that gzip cannot make smaller.
inline std::string noise(std::size_t count) {
  std::mt19937 random(7);
  std::string text(count, '\0');
  for (char& byte : text) byte = static_cast<char>(random());
  return text;
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// What a refusal must look like: kind data, the file's name first, at most six lines.
template <class R>
void expect_data_error(const R& result, const std::string& path, const std::string& part) {
  ASSERT_FALSE(result.ok());
  const std::string& message = result.error().message;
  EXPECT_EQ(result.error().kind, ErrorKind::data) << message;
  EXPECT_TRUE(contains(message, path)) << message;
  EXPECT_TRUE(contains(message, part)) << message << "\nexpected: " << part;
  EXPECT_LT(std::count(message.begin(), message.end(), '\n'), 6) << message;
}

}  // namespace forknet::data
