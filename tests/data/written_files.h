// For tests of what writes files: a folder of the test's own, and plain ways to read what is in it
// that share nothing with the readers of src/.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace forknet::data {

// The folder is new and empty, and goes away with the test.
class WrittenFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = std::filesystem::path(testing::TempDir()) / "forknet-written-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr) << name;
    root_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  [[nodiscard]] std::string path(const std::string& name) const { return root_ / name; }

  [[nodiscard]] static std::size_t entries(const std::string& folder) {
    const std::filesystem::directory_iterator all(folder);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }

  [[nodiscard]] static std::vector<std::uint8_t> file_bytes(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // At most 4 MB of what a gzip file holds.
  [[nodiscard]] static std::vector<std::uint8_t> unzipped(const std::string& path) {
    std::vector<std::uint8_t> bytes(std::size_t{1} << 22);
    gzFile file = gzopen(path.c_str(), "rb");
    EXPECT_NE(file, nullptr) << path;
    if (file == nullptr) return {};
    const int count = gzread(file, bytes.data(), static_cast<unsigned>(bytes.size()));
    EXPECT_GE(count, 0) << path;
    EXPECT_EQ(gzclose(file), Z_OK) << path;
    bytes.resize(static_cast<std::size_t>(std::max(count, 0)));
    return bytes;
  }

 private:
  std::filesystem::path root_;
};

}  // namespace forknet::data
