// Makes foreign text (names, files, messages) safe for a terminal or a log. Removes control
// characters, which terminals execute, characters that change the direction of a line, and bytes
// that are not UTF-8.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace forknet {

// One line: such characters become "?" and a tab becomes a space; text longer than `limit`
// characters ends in "...".
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 60);

// Any length and any number of lines: newlines and tabs stay, every other unsafe byte is shown as
// "\x1b".
[[nodiscard]] std::string printable_lines(std::string_view text);

// One entry per character, as printable() shows it.
[[nodiscard]] std::vector<std::string> printable_characters(std::string_view text);

}  // namespace forknet
