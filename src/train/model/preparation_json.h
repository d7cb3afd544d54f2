// A preparation (data/preparation.h) as JSON on one line, as model files hold it (docs/formats.md).
// Numbers are written so that they read back bit for bit.
#pragma once

#include <optional>
#include <string>

#include "data/preparation.h"

namespace forknet::run {

[[nodiscard]] std::string to_json(const data::Preparation& preparation);

// Nothing where the text is not understood or contradicts itself.
[[nodiscard]] std::optional<data::Preparation> parse_preparation(const std::string& text);

}  // namespace forknet::run
