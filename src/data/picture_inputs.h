// The form of a table's pictures, so that picture files can be converted to it later.
#pragma once

#include <optional>

#include "data/preparation.h"
#include "data/table.h"

namespace forknet::data {

// For rows of bytes, (height, width) or (height, width, 3); nothing for others. The border is the
// mean of the outermost pixels over all rows.
[[nodiscard]] std::optional<PictureInputs> picture_inputs(const Table& table);

}  // namespace forknet::data
