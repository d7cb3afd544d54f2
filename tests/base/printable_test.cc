#include "base/printable.h"

#include <gtest/gtest.h>

namespace forknet {
namespace {

TEST(Printable, plain_text_stays_as_it_is) {
  for (const char* text : {"", "runs/a", "Größe", "データ", "\xF0\x9F\x99\x82",
                           "a b\xC2\xA0"
                           "c"}) {
    EXPECT_EQ(printable(text), text);
    EXPECT_EQ(printable_lines(text), text);
  }
}

TEST(Printable, what_a_terminal_obeys_does_not_get_through) {
  // ESC, BEL, DEL, CR, a C1 control (CSI), a change of direction, a line separator.
  for (const char* text : {"\x1b[2J", "\x07", "\x7f", "\r",
                           "\xC2\x9B"
                           "2J",
                           "\xE2\x80\xAE", "\xE2\x80\xA8"}) {
    const std::string shown = printable(text);
    EXPECT_EQ(shown[0], '?') << shown;
    const std::string escaped = printable_lines(text);
    EXPECT_EQ(escaped.substr(0, 2), "\\x") << escaped;
    for (const char byte : escaped) EXPECT_TRUE(byte >= 0x20 && byte < 0x7F) << escaped;
  }
  EXPECT_EQ(printable_lines("a\x1b]0;title\x07z"), "a\\x1b]0;title\\x07z");
}

TEST(Printable, what_is_not_utf8_does_not_get_through) {
  // A lone byte, a truncated character, an overlong ESC, a surrogate, past the end of Unicode.
  for (const char* text :
       {"\xFF", "\xE2\x82", "\xC0\x9B", "\xE0\x80\x9B", "\xED\xA0\x80", "\xF4\x90\x80\x80"}) {
    EXPECT_EQ(printable(text).find_first_not_of('?'), std::string::npos) << printable(text);
    for (const char byte : printable_lines(text)) EXPECT_TRUE(byte >= 0x20 && byte < 0x7F);
  }
}

TEST(Printable, one_line_has_no_newlines_and_many_lines_keep_them) {
  EXPECT_EQ(printable("a\tb\nc"), "a b?c");
  EXPECT_EQ(printable_lines("a\tb\nc\n"), "a\tb\nc\n");
}

TEST(Printable, what_is_longer_than_its_limit_is_cut) {
  EXPECT_EQ(printable("abcdef", 3), "abc...");
  EXPECT_EQ(printable("äöüß", 4), "äöüß");
  EXPECT_EQ(printable("äöüßx", 4), "äöüß...");
}

TEST(Printable, a_byte_of_every_value_is_safe) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = {'a', static_cast<char>(byte), 'z'};
    const std::string shown = printable_lines(text);
    for (const char c : shown)
      EXPECT_TRUE((c >= 0x20 && c < 0x7F) || c == '\n' || c == '\t') << byte;
  }
}

}  // namespace
}  // namespace forknet
