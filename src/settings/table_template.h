// The config that `forknet init csv` writes: settings that train well on the table, and comments
// that describe the table.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <optional>
#include <string>

#include "data/reading.h"

namespace forknet::run {

struct TableTemplateOptions {
  std::string data;                        // the table
  std::optional<std::string> target = {};  // a column by name, else by position
  Task task = Task::automatic;
  data::Reading reading = {};
};

// The config's text. Reads the whole table. Errors: a fault of the table, a target that is missing
// or cannot be learned.
[[nodiscard]] Result<std::string> table_template(const TableTemplateOptions& options);

}  // namespace forknet::run
