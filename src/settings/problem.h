// A problem of a setting and its message: place, line, caret, hint.
#pragma once

#include <forknet/result.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/printable.h"
#include "settings/value.h"

namespace forknet::run {

// A problem of a setting whose source (file, variable or flag) is not known yet.
struct Problem {
  std::string message;  // one line, without a place
  std::string hint;     // what to do: at most two lines, may be empty
  Place place;          // of the wrong word; may be unknown
};

// A T, or the Problem that prevented it.
template <class T>
using Outcome = std::variant<T, Problem>;

using forknet::printable;
// The printable text between double quotes.
[[nodiscard]] std::string in_quotes(std::string_view text);

// "name:7:3: message", the line of the text with a caret under the place, the hint. Without a place
// "name: message" and the hint. At most six lines; kind config.
[[nodiscard]] Error point_at(std::string_view name, std::string_view text, const Problem& problem);

}  // namespace forknet::run
