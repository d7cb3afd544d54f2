#include "base/digest.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace forknet {
namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST(Digest, is_what_xxh128sum_prints) {
  EXPECT_EQ(digest_hex(bytes("")), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(digest_hex(bytes("hello")), "b5e9c1ad071b3e7fc779cfaa5e523818");
}

TEST(Digest, does_not_depend_on_the_pieces) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += static_cast<char>(i * 7);
  const std::string whole = digest_hex(bytes(text));
  for (const std::size_t piece : {1UL, 7UL, 240UL, 1024UL, 4999UL}) {
    Digest digest;
    for (std::size_t at = 0; at < text.size(); at += piece) {
      digest.update(bytes(std::string_view(text).substr(at, piece)));
    }
    EXPECT_EQ(digest.hex(), whole) << piece;
  }
}

TEST(Digest, goes_on_after_it_was_asked) {
  Digest digest;
  digest.update(bytes("hel"));
  EXPECT_NE(digest.hex(), digest_hex(bytes("hello")));
  digest.update({});
  digest.update(bytes("lo"));
  EXPECT_EQ(digest.hex(), digest_hex(bytes("hello")));
}

TEST(Checksum64, is_xxh3_64) {
  EXPECT_EQ(checksum64(bytes("")), 0x2D06800538D394C2U);
  EXPECT_NE(checksum64(bytes("a")), checksum64(bytes("b")));
}

}  // namespace
}  // namespace forknet
