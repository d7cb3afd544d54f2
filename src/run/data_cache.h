// The files in which tables larger than memory lie (data/table_cache.h): the runs of a user in one
// folder share them, in FOLDER/.cache-USER, by the user's number.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <string>
#include <vector>

#include "data/table_cache.h"

namespace forknet::run {

// Where tables of a run in `runs` lie. Empty: no run keeps them, they end with this process.
[[nodiscard]] data::TableCache table_cache(const DataConfig& config, const std::string& runs);

// Files that no run in `runs` was trained on and no process has mapped, and what dead processes
// left unfinished. Removes them, or with `dry_run` only names them; which ones.
[[nodiscard]] std::vector<std::string> clean_data_cache(const std::string& runs, bool dry_run);

}  // namespace forknet::run
