// Names of files and columns in what `data inspect --json` prints.
#pragma once

#include <string>
#include <string_view>

namespace forknet::data {

// A JSON string; bytes that are no UTF-8 become "?".
[[nodiscard]] std::string json_text(std::string_view text);

}  // namespace forknet::data
