// A preparation (data/preparation.h) as one line of JSON, as stored in model files
// (docs/formats.md). Numbers read back bit for bit.
#pragma once

#include <optional>
#include <string>

#include "data/preparation.h"

namespace forknet::run {

[[nodiscard]] std::string to_json(const data::Preparation& preparation);

// Nothing: the text is malformed or contradicts itself.
[[nodiscard]] std::optional<data::Preparation> parse_preparation(const std::string& text);

}  // namespace forknet::run
