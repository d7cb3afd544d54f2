// The files in which tables larger than memory lie (data/table_cache.h): the runs of a user in one
// folder share them, in FOLDER/.cache-USER, by the user's number.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <set>
#include <string>
#include <vector>

#include "data/table_cache.h"

namespace forknet::run {

// Where tables of a run in `runs` lie. Empty: no run keeps them, they end with this process.
[[nodiscard]] data::TableCache table_cache(const DataConfig& config, const std::string& runs);

struct CleanedCache {
  std::vector<std::string> unused;      // no run in the folder was trained on them
  std::vector<std::string> unfinished;  // a process died while it made them
};
// Removes what no process has mapped or is making, or with `dry_run` only names it. `gone`: names
// of runs that count as removed. Error (usage): the folder is not this user's alone.
[[nodiscard]] Result<CleanedCache> clean_data_cache(const std::string& runs,
                                                    const std::set<std::string>& gone,
                                                    bool dry_run);

}  // namespace forknet::run
