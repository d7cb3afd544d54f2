#include "run/settings/problem.h"

#include <algorithm>
#include <vector>

namespace forknet::run {
namespace {

constexpr std::size_t kShownColumns = 96;  // of a long line, around the place
constexpr std::size_t kBefore = 40;        // columns shown before the place then

// Bytes of the UTF-8 character at the front of the text; 0 when it is not one.
std::size_t character_bytes(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t bytes = lead < 0x80              ? 1
                            : (lead & 0xE0U) == 0xC0 ? 2
                            : (lead & 0xF0U) == 0xE0 ? 3
                            : (lead & 0xF8U) == 0xF0 ? 4
                                                     : 0;
  if (bytes == 0 || bytes > text.size()) return 0;
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80) return 0;
  }
  return bytes;
}

// One entry a character, each safe to print and one column wide.
std::vector<std::string> characters(std::string_view text) {
  std::vector<std::string> result;
  while (!text.empty()) {
    const std::size_t bytes = character_bytes(text);
    const auto first = static_cast<unsigned char>(text.front());
    const bool c1_control =
        bytes == 2 && first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
    if (text.front() == '\t') {
      result.emplace_back(" ");
    } else if (bytes == 0 || first < 0x20 || first == 0x7F || c1_control) {
      result.emplace_back("?");
    } else {
      result.emplace_back(text.substr(0, bytes));
    }
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return result;
}

std::string_view line_of(std::string_view text, int line) {
  for (int skipped = 1; skipped < line; ++skipped) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  auto shown = text.substr(0, text.find('\n'));
  if (!shown.empty() && shown.back() == '\r') shown.remove_suffix(1);
  return shown;
}

std::string snippet(std::string_view text, const Place& place) {
  const auto line = characters(line_of(text, place.line));
  const std::size_t column =
      std::min(static_cast<std::size_t>(std::max(place.column, 1) - 1), line.size());
  const std::size_t start = line.size() <= kShownColumns || column < kBefore ? 0 : column - kBefore;
  const std::size_t end = std::min(line.size(), start + kShownColumns);
  std::string margin = std::to_string(place.line);
  if (margin.size() < 4) margin.insert(0, 4 - margin.size(), ' ');
  std::string shown;
  for (std::size_t i = start; i < end; ++i) shown += line[i];
  const std::size_t under =
      std::clamp<std::size_t>(static_cast<std::size_t>(std::max(place.length, 1)), 1,
                              std::max<std::size_t>(end - column, 1));
  std::string caret(under, '~');
  caret.front() = '^';
  return "\n" + margin + " | " + shown + "\n" + std::string(margin.size(), ' ') + " | " +
         std::string(column - start, ' ') + caret;
}

}  // namespace

std::string printable(std::string_view text, std::size_t limit) {
  // Four bytes are the longest character: what lies beyond is cut before it is looked at.
  const auto all = characters(text.substr(0, 4 * (limit + 1)));
  std::string result;
  for (std::size_t i = 0; i < std::min(all.size(), limit); ++i) result += all[i];
  return all.size() > limit ? result + "..." : result;
}

std::string in_quotes(std::string_view text) { return '"' + printable(text) + '"'; }

Error point_at(std::string_view name, std::string_view text, const Problem& problem) {
  std::string message = printable(name, 200) + ":";
  if (problem.place.known()) {
    message +=
        std::to_string(problem.place.line) + ":" + std::to_string(problem.place.column) + ":";
  }
  message += " " + problem.message;
  if (problem.place.known()) message += snippet(text, problem.place);
  if (!problem.hint.empty()) message += "\n  " + problem.hint;
  return Error{ErrorKind::config, message};
}

}  // namespace forknet::run
