// The files of tables larger than memory (data/table_cache.h). All runs of a user in one folder
// share them, in FOLDER/.cache-UID.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <set>
#include <string>
#include <vector>

#include "data/table_cache.h"

namespace forknet::run {

// The place of the tables of a run in `runs`. Empty: no run keeps them, they end with this process.
// `progress`: called for what is read for them besides the sources.
[[nodiscard]] data::TableCache table_cache(const DataConfig& config, const std::string& runs,
                                           const data::ReadingProgress& progress = {});

struct CleanedCache {
  std::vector<std::string> unused;      // no run in the folder uses them
  std::vector<std::string> unfinished;  // a process died while it wrote them
};
// Removes files that no run uses and no process maps or writes; with `dry_run` only lists them.
// `gone`: names of runs that count as removed. Error (usage): the folder is not private to this
// user.
[[nodiscard]] Result<CleanedCache> clean_data_cache(const std::string& runs,
                                                    const std::set<std::string>& gone,
                                                    bool dry_run);

}  // namespace forknet::run
