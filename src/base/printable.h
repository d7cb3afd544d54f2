// Text of others (names, files, messages) made safe for a terminal or a log. Control characters,
// which terminals apply, characters that turn the direction of a line, and bytes that are not UTF-8
// do not get through.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace forknet {

// On one line: such characters become "?", a tab a space, and what is longer than `limit`
// characters ends in "...".
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 60);

// Of any length and any number of lines: newlines and tabs stay, of all others every byte is shown
// ("\x1b").
[[nodiscard]] std::string printable_lines(std::string_view text);

// One entry a character, as printable() shows it.
[[nodiscard]] std::vector<std::string> printable_characters(std::string_view text);

}  // namespace forknet
