// Describes the content of a text table, for `forknet data inspect`.
#pragma once

#include <forknet/result.h>

#include <string>

#include "data/formats/csv/profile.h"
#include "data/formats/format.h"

namespace forknet::data::csv {

// Returns lines for people, or one JSON object on one line. Reads the whole file.
[[nodiscard]] Result<std::string> inspect(const InspectRequest& request);

// "numbers 3 to 9, mean 5.81", "texts, 3 different"; then the number of missing values.
[[nodiscard]] std::string column_text(const ColumnProfile& column);

// "comma", "semicolon" …
[[nodiscard]] std::string delimiter_text(char delimiter);

}  // namespace forknet::data::csv
