#include "settings/problem.h"

#include <algorithm>
#include <vector>

namespace forknet::run {
namespace {

constexpr std::size_t kShownColumns = 96;  // of a long line, around the place
constexpr std::size_t kBefore = 40;        // columns shown before the place then

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
  const auto line = printable_characters(line_of(text, place.line));
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
