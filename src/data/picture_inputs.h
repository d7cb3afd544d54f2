// What the pictures of a table are, so that files of pictures can be brought to the same later.
#pragma once

#include <optional>

#include "data/preparation.h"
#include "data/table.h"

namespace forknet::data {

// Of rows of bytes, (height, width) or (height, width, 3); nothing for others. The border is the
// mean over all rows of the outermost pixels.
[[nodiscard]] std::optional<PictureInputs> picture_inputs(const Table& table);

}  // namespace forknet::data
