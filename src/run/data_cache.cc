#include "run/data_cache.h"

#include <algorithm>
#include <set>

#include "os/file.h"
#include "os/memory.h"
#include "os/process.h"
#include "run/meta.h"
#include "run/run_folder.h"

namespace forknet::run {
namespace {

// Several users may share a folder of runs.
std::string folder_in(const std::string& runs) {
  return runs + "/.cache-" + std::to_string(os::user_id());
}

// Of all data that a run in the folder was trained on. False: not all could be read.
bool digests_in_use(const std::string& runs, std::set<std::string>& digests) {
  const auto names = list_runs(runs);
  if (!names.ok()) return false;
  for (const std::string& name : *names) {
    const auto meta = os::read_file(RunPaths{runs + "/" + name}.meta(), kMostText);
    if (!meta.ok()) continue;  // of another user, or damaged: it cannot go on anyhow
    for (std::string& digest : data_digests(*meta)) digests.insert(std::move(digest));
  }
  return true;
}

}  // namespace

data::TableCache table_cache(const DataConfig& config, const std::string& runs) {
  return {config.cache, runs.empty() ? "" : folder_in(runs), os::available_memory_bytes()};
}

std::vector<std::string> clean_data_cache(const std::string& runs, bool dry_run) {
  std::vector<std::string> removed;
  const std::string folder = folder_in(runs);
  std::set<std::string> used;
  const auto tables = data::cached_tables(folder);
  if (!tables.ok() || !digests_in_use(runs, used)) return removed;
  for (const data::CachedTable& table : *tables) {
    if (used.contains(table.digest)) continue;
    if (dry_run || data::remove_cached_table(table)) removed.push_back(table.path);
  }
  if (!dry_run && os::exists(folder)) (void)os::remove_stray_temporaries(folder);
  return removed;
}

}  // namespace forknet::run
