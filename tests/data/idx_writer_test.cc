#include "data/idx_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "written_files.h"

namespace forknet::data {
namespace {

class IdxWriterFiles : public WrittenFiles {};

// `portion` bytes at a time.
void write_whole(const std::string& path, std::span<const std::uint32_t> sizes,
                 std::span<const std::uint8_t> bytes, std::size_t portion) {
  auto writer = IdxWriter::create(path, sizes);
  ASSERT_TRUE(writer.ok()) << writer.error().message;
  while (!bytes.empty()) {
    const std::size_t count = std::min(portion, bytes.size());
    ASSERT_TRUE(writer->append(bytes.first(count)).ok());
    bytes = bytes.subspan(count);
  }
  ASSERT_TRUE(writer->finish().ok());
  ASSERT_TRUE(writer->commit().ok());
}

// Bytes that do not compress, so that output larger than one buffer is met.
std::vector<std::uint8_t> noise(std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  std::uint32_t state = 1;
  for (std::uint8_t& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<std::uint8_t>(state >> 24);
  }
  return bytes;
}

TEST_F(IdxWriterFiles, begin_with_type_rank_and_big_endian_sizes) {
  const std::array<std::uint32_t, 3> sizes = {1, 2, 0x102};
  const std::vector<std::uint8_t> bytes = noise(2 * 0x102);
  write_whole(path("a.gz"), sizes, bytes, bytes.size());
  std::vector<std::uint8_t> expected = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 1, 2};
  expected.insert(expected.end(), bytes.begin(), bytes.end());
  EXPECT_EQ(unzipped(path("a.gz")), expected);
}

TEST_F(IdxWriterFiles, carry_no_name_and_no_time_in_the_gzip_header) {
  const std::array<std::uint32_t, 1> sizes = {1};
  write_whole(path("a.gz"), sizes, noise(1), 1);
  const std::vector<std::uint8_t> file = file_bytes(path("a.gz"));
  ASSERT_GE(file.size(), 18U);
  const std::vector<std::uint8_t> start(file.begin(), file.begin() + 8);
  EXPECT_EQ(start, (std::vector<std::uint8_t>{0x1F, 0x8B, 8, 0, 0, 0, 0, 0}));
}

TEST_F(IdxWriterFiles, hold_megabytes_and_do_not_depend_on_the_portions_they_came_in) {
  const std::array<std::uint32_t, 2> sizes = {3, 1000003};
  const std::vector<std::uint8_t> bytes = noise(std::size_t{3} * 1000003);
  write_whole(path("a.gz"), sizes, bytes, bytes.size());
  write_whole(path("b.gz"), sizes, bytes, 77777);
  const std::vector<std::uint8_t> content = unzipped(path("a.gz"));
  ASSERT_EQ(content.size(), bytes.size() + 12);
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), content.begin() + 12));
  EXPECT_EQ(unzipped(path("b.gz")), content);
}

TEST_F(IdxWriterFiles, appear_at_commit_and_leave_nothing_without_it) {
  const std::array<std::uint32_t, 1> sizes = {4};
  {
    auto writer = IdxWriter::create(path("a.gz"), sizes);
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE(writer->append(noise(4)).ok());
    ASSERT_TRUE(writer->finish().ok());
    EXPECT_FALSE(std::filesystem::exists(path("a.gz")));
  }
  EXPECT_EQ(entries(path("")), 0U);
  write_whole(path("a.gz"), sizes, noise(4), 4);
  EXPECT_EQ(entries(path("")), 1U);
}

TEST_F(IdxWriterFiles, that_cannot_be_created_are_an_error_naming_the_path) {
  const std::array<std::uint32_t, 1> sizes = {1};
  const auto writer = IdxWriter::create(path("missing/a.gz"), sizes);
  ASSERT_FALSE(writer.ok());
  EXPECT_NE(writer.error().message.find("missing"), std::string::npos) << writer.error().message;
}

using IdxWriterDeathTest = IdxWriterFiles;

TEST_F(IdxWriterDeathTest, more_or_fewer_bytes_than_announced_are_a_bug) {
  const std::array<std::uint32_t, 1> sizes = {1};
  EXPECT_DEATH(
      {
        auto writer = IdxWriter::create(path("a.gz"), sizes);
        static_cast<void>(writer->append(noise(2)));
      },
      "does not hold");
  EXPECT_DEATH(
      {
        auto writer = IdxWriter::create(path("a.gz"), sizes);
        static_cast<void>(writer->finish());
      },
      "does not hold");
}

}  // namespace
}  // namespace forknet::data
