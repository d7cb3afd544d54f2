#include "session/data_cache.h"

#include <utility>

#include "base/try.h"
#include "os/file.h"
#include "os/memory.h"
#include "os/process.h"
#include "os/stray_files.h"
#include "session/kept_sets.h"
#include "session/meta.h"
#include "session/run_folder.h"

namespace forknet::run {
namespace {

// Several users may share a folder of runs.
std::string folder_in(const std::string& runs) {
  return runs + "/.cache-" + std::to_string(os::user_id());
}

// The digests of the data of all runs in the folder except those in `gone`.
Result<std::set<std::string>> digests_in_use(const std::string& runs,
                                             const std::set<std::string>& gone) {
  std::set<std::string> digests;
  FORKNET_ASSIGN(const auto names, list_runs(runs));
  for (const std::string& name : names) {
    if (gone.contains(name)) continue;
    const auto meta = os::read_file(RunPaths{runs + "/" + name}.meta(), kMostText);
    if (!meta.ok()) continue;  // of another user, or damaged: the run cannot be resumed anyway
    for (std::string& digest : data_digests(*meta)) digests.insert(std::move(digest));
  }
  digests.erase("");  // of a set or a damaged file without a digest
  return digests;
}

}  // namespace

data::TableCache table_cache(const DataConfig& config, const std::string& runs,
                             const data::ReadingProgress& progress) {
  return {config.cache, runs.empty() ? "" : folder_in(runs), os::available_memory_bytes(),
          progress};
}

Result<CleanedCache> clean_data_cache(const std::string& runs, const std::set<std::string>& gone,
                                      bool dry_run) {
  CleanedCache cleaned;
  if (!os::exists(folder_in(runs))) return cleaned;
  // Held open, so that only files in this user's folder are removed, even if its path changes.
  FORKNET_ASSIGN(const os::FilePath folder, os::hold_folder(folder_in(runs)));
  FORKNET_ASSIGN(const auto tables, data::cached_tables(folder));
  FORKNET_ASSIGN(const auto used, digests_in_use(runs, gone));
  for (const data::CachedTable& table : tables) {
    if (used.contains(table.digest)) continue;
    const bool goes = dry_run ? data::is_unused(table) : data::remove_cached_table(table);
    if (goes) cleaned.unused.push_back(table.path.text());
  }
  if (!dry_run) remove_broken_sets(folder);
  FORKNET_ASSIGN(const auto strays, os::stray_temporaries(folder, !dry_run));
  for (const std::string& name : strays) cleaned.unfinished.push_back((folder / name).text());
  return cleaned;
}

}  // namespace forknet::run
