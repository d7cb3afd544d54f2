// Names of files and columns in the output of `data inspect --json`.
#pragma once

#include <string>
#include <string_view>

namespace forknet::data {

// A JSON string; bytes that are not UTF-8 become "?".
[[nodiscard]] std::string json_text(std::string_view text);

}  // namespace forknet::data
