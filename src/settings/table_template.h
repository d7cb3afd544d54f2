// The config that `forknet init csv` writes: what was found in the table, said in comments, and
// settings that train well on it as they are.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <optional>
#include <string>

#include "data/reading.h"

namespace forknet::run {

struct TableTemplateOptions {
  std::string data;                        // the table
  std::optional<std::string> target = {};  // a column by name, else by place
  Task task = Task::automatic;
  data::Reading reading = {};
};

// The config's text. Reads the whole table. Errors: what is wrong with it, a target that is not
// there or cannot be learned.
[[nodiscard]] Result<std::string> table_template(const TableTemplateOptions& options);

}  // namespace forknet::run
