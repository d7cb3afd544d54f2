// What is in a table of text, for `forknet data inspect`.
#pragma once

#include <forknet/result.h>

#include <string>

#include "data/formats/csv/profile.h"
#include "data/formats/format.h"

namespace forknet::data::csv {

// Lines for people, or one object of JSON on one line. Reads the whole file.
[[nodiscard]] Result<std::string> inspect(const InspectRequest& request);

// "numbers 3 to 9, mean 5.81", "texts, 3 different"; then what is missing.
[[nodiscard]] std::string column_text(const ColumnProfile& column);

// "comma", "semicolon" …
[[nodiscard]] std::string delimiter_text(char delimiter);

}  // namespace forknet::data::csv
