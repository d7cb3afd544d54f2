// The errors of this floor: what is wrong with data, as text for people. Rows and columns in
// messages count from 0, as in array libraries.
#pragma once

#include <fmt/format.h>
#include <forknet/result.h>

#include <string>
#include <utility>

namespace forknet::data {

// data_error("{}: row {}: ...", path, row): an Error of kind data.
template <class... Arguments>
[[nodiscard]] Error data_error(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  return Error{ErrorKind::data, fmt::format(text, std::forward<Arguments>(arguments)...)};
}

}  // namespace forknet::data
