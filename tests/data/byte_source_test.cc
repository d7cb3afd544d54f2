#include "data/byte_source.h"

#include <gtest/gtest.h>

#include "base/try.h"
#include "data/data_files.h"

namespace forknet::data {
namespace {

// The whole content, read in pieces; the at_end check included.
Result<std::string> content_of(const std::string& path, std::size_t piece) {
  FORKNET_ASSIGN(ByteSource source, ByteSource::open(path));
  std::string content;
  std::string buffer(piece, '\0');
  for (;;) {
    FORKNET_ASSIGN(const std::size_t got, source.read(std::as_writable_bytes(std::span(buffer))));
    content += buffer.substr(0, got);
    if (got < piece) break;
  }
  FORKNET_ASSIGN(const bool ended, source.at_end());
  if (!ended) return Error{ErrorKind::internal, "content after its end"};
  return content;
}

void expect_content(const std::string& path, const std::string& expected) {
  for (const std::size_t piece : {std::size_t{1000}, std::size_t{1} << 20}) {
    const Result<std::string> content = content_of(path, piece);
    ASSERT_TRUE(content.ok()) << content.error().message;
    EXPECT_TRUE(*content == expected);
  }
}

TEST(ByteSource, a_plain_file_is_read_as_it_is) {
  const TestFolder folder;
  const std::string text = noise(300'000);
  expect_content(folder.file("x", text), text);
  expect_content(folder.file("empty", ""), "");
}

TEST(ByteSource, gzip_is_known_by_its_content_and_not_by_its_name) {
  const TestFolder folder;
  const std::string text = noise(300'000);
  expect_content(folder.file("packed", gzip(text)), text);
  expect_content(folder.file("plain.gz", text), text);
}

TEST(ByteSource, concatenated_members_are_one_content) {
  const TestFolder folder;
  const std::string a = noise(140'000);
  const std::string file = gzip(a) + gzip("") + gzip("the end") + gzip("");
  expect_content(folder.file("x.gz", file), a + "the end");
}

TEST(ByteSource, a_member_may_start_anywhere_in_the_buffer) {
  const TestFolder folder;
  // The second member's two magic bytes are moved over the edge of every power-of-two buffer.
  for (int shift = 0; shift < 4; ++shift) {
    std::string first = gzip(noise(131'000));
    while (first.size() < 131'072 - 2 + static_cast<std::size_t>(shift)) first += gzip("");
    const std::string file = first + gzip("second");
    const Result<std::string> content = content_of(folder.file("x.gz", file), 1 << 16);
    ASSERT_TRUE(content.ok()) << content.error().message;
    EXPECT_EQ(content->substr(content->size() - 6), "second");
  }
}

TEST(ByteSource, gzip_that_is_cut_short_anywhere_is_refused) {
  const TestFolder folder;
  const std::string whole = gzip(noise(60));
  for (std::size_t size = 2; size < whole.size(); ++size) {
    const std::string path = folder.file("x.gz", whole.substr(0, size));
    expect_data_error(content_of(path, 1 << 16), path, "cut short");
  }
}

TEST(ByteSource, gzip_with_a_flipped_bit_is_refused) {
  const TestFolder folder;
  const std::string whole = gzip(noise(400));
  // Past the header, whose time and system fields carry no content.
  for (std::size_t at = 10; at < whole.size(); ++at) {
    std::string broken = whole;
    broken[at] = static_cast<char>(broken[at] ^ 4);
    const std::string path = folder.file("x.gz", broken);
    expect_data_error(content_of(path, 1 << 16), path, "gzip data is");
  }
}

TEST(ByteSource, what_follows_gzip_data_must_be_gzip) {
  const TestFolder folder;
  for (const std::string& tail : {std::string("x"), std::string(1, '\0'), std::string("\x1f\x1f"),
                                  std::string("some text that is not gzip")}) {
    const std::string path = folder.file("x.gz", gzip("content") + tail);
    expect_data_error(content_of(path, 1 << 16), path, "not gzip follows");
  }
}

TEST(ByteSource, a_bomb_is_expanded_only_as_far_as_asked) {
  const TestFolder folder;
  const std::string path = folder.file("bomb.gz", gzip(std::string(50'000'000, '\0')));
  Result<ByteSource> source = ByteSource::open(path);
  ASSERT_TRUE(source.ok());
  std::string buffer(1000, 'x');
  EXPECT_EQ(*source->read(std::as_writable_bytes(std::span(buffer))), 1000U);
  EXPECT_FALSE(*source->at_end());
  EXPECT_GE(source->most_bytes(), 50'000'000U);
}

TEST(ByteSource, what_is_missing_or_no_file_is_refused) {
  const TestFolder folder;
  expect_data_error(ByteSource::open(folder.path("none")), folder.path("none"), "No such file");
  expect_data_error(ByteSource::open(folder.path("")), folder.path(""), "not a regular file");
  expect_data_error(ByteSource::open("/dev/zero"), "/dev/zero", "not a regular file");
}

}  // namespace
}  // namespace forknet::data
