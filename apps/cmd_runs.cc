// forknet runs: lists, shows, compares and cleans past runs.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "apps/commands.h"
#include "apps/output.h"
#include "apps/status_view.h"
#include "base/try.h"
#include "os/failpoint.h"
#include "os/file.h"
#include "os/file_lock.h"
#include "report/text.h"
#include "session/data_cache.h"
#include "session/run_folder.h"
#include "state/stale_state.h"

namespace forknet::apps {
namespace {

using nlohmann::json;
constexpr std::size_t kMostText = std::size_t{1} << 24;

struct RunInfo {
  run::RunPaths paths;
  json summary;  // null while it trains, or if it was killed
  std::string state;
};

RunInfo read_run(const run::RunPaths& paths) {
  RunInfo info{paths, nullptr, ""};
  if (const auto text = os::read_file(paths.summary(), kMostText); text.ok()) {
    const json parsed = json::parse(*text, nullptr, false);
    if (parsed.is_object()) info.summary = parsed;
  }
  if (os::FileLock::holder(paths.lock())) {
    info.state = "running";
  } else if (info.summary.is_object() && info.summary.contains("state")) {
    info.state = text_at(info.summary, "state");
  } else {
    info.state = "killed";
  }
  return info;
}

// A number of the summary as text; "-": there is none.
std::string figure(const json& summary, const char* set, const char* key) {
  if (!summary.is_object() || !summary.contains(set) || !summary[set].is_object()) return "-";
  const auto found = summary[set].find(key);
  if (found == summary[set].end()) return "-";
  if (found->is_null()) return "nan";  // a number that is not finite
  if (!found->is_number()) return "-";
  const auto value = found->get<double>();
  return std::string(key) == "accuracy" ? report::percent(value) : fmt::format("{:.4f}", value);
}

std::string plain(const json& summary, const char* key) {
  if (!summary.is_object() || !summary.contains(key)) return "-";
  const json& value = summary[key];
  return value.is_number_float() ? fmt::format("{:.2f}", value.get<double>())
                                 : text_at(summary, key);
}

std::string table_of(const std::vector<RunInfo>& runs) {
  std::vector<std::vector<std::string>> rows;
  for (const RunInfo& run : runs) {
    const json& s = run.summary;
    rows.push_back({run.paths.name(), run.state, plain(s, "steps"), figure(s, "train", "loss"),
                    figure(s, "test", "accuracy"), plain(s, "train_seconds"),
                    plain(s, "weights_digest").substr(0, 12)});
  }
  return report::table({"run", "state", "steps", "loss", "test", "seconds", "weights"}, rows);
}

json json_of(const RunInfo& run) {
  return {{"run", run.paths.name()}, {"state", run.state}, {"summary", run.summary}};
}

void print_runs(const std::vector<RunInfo>& runs, bool as_json) {
  if (!as_json) {
    print(table_of(runs));
    return;
  }
  json list = json::array();
  for (const RunInfo& run : runs) list.push_back(json_of(run));
  print(plain_json(list) + "\n");
}

Result<std::vector<RunInfo>> all_runs(const RunsOptions& options) {
  FORKNET_ASSIGN(const auto names, run::list_runs(options.runs));
  std::vector<RunInfo> runs;
  runs.reserve(names.size());
  for (const auto& name : names) runs.push_back(read_run({options.runs + "/" + name}));
  return runs;
}

Result<std::vector<RunInfo>> named_runs(const RunsOptions& options) {
  std::vector<RunInfo> runs;
  runs.reserve(options.names.size());
  for (const auto& name : options.names) {
    FORKNET_ASSIGN(const auto paths, run::find_run(name, options.runs));
    runs.push_back(read_run(paths));
  }
  return runs;
}

int list(const RunsOptions& options) {
  const auto runs = all_runs(options);
  if (!runs.ok()) return fail(runs.error());
  if (runs->empty() && !options.json) {
    print(fmt::format("{} holds no runs yet; forknet train makes one\n", options.runs));
    return 0;
  }
  print_runs(*runs, options.json);
  return 0;
}

int show(const RunsOptions& options) {
  const auto runs = named_runs(options);
  if (!runs.ok()) return fail(runs.error());
  for (const RunInfo& run : *runs) {
    if (options.json) {
      print(plain_json(json_of(run)) + "\n");
      continue;
    }
    print(fmt::format("{}: {}\n", run.paths.folder, run.state));
    if (run.summary.is_object()) print(run.summary.dump(2, ' ', true) + "\n");
    for (const auto& path : {run.paths.resolved_config(), run.paths.metrics(), run.paths.log()}) {
      print("  " + path.text() + "\n");
    }
  }
  return 0;
}

// Prints the runs side by side, and whether they ended on the same weights.
int compare(const RunsOptions& options) {
  const auto runs = named_runs(options);
  if (!runs.ok()) return fail(runs.error());
  print_runs(*runs, options.json);
  if (options.json) return 0;
  const auto digest = [](const RunInfo& run) { return plain(run.summary, "weights_digest"); };
  for (const RunInfo& run : *runs) {
    if (digest(run) != "-") continue;
    print(
        fmt::format("same bits: not known, {} has no result ({})\n", run.paths.name(), run.state));
    return 0;
  }
  const bool same = std::all_of(runs->begin(), runs->end(), [&](const RunInfo& run) {
    return digest(run) == digest(runs->front());
  });
  print(fmt::format("same bits: {}\n", same ? "yes" : "no"));
  return 0;
}

// Why a run must not be removed; empty: it may be.
std::string reason_to_stay(const RunInfo& run) {
  if (run.state == "running") return "is running";
  return os::is_own_folder(run.paths.folder) ? "" : "belongs to another user";
}

// Without names only this user's folders in the folder of runs are cleaned, no targets of links.
bool is_cleaned_unnamed(const std::string& folder) {
  std::error_code error;
  return os::is_own_folder(folder) && !std::filesystem::is_symlink(folder, error);
}

// The runs to remove: the named ones, or all of this user except the newest `keep`.
Result<std::vector<RunInfo>> runs_to_clean(const RunsOptions& options) {
  if (!options.names.empty()) {
    FORKNET_ASSIGN(auto named, named_runs(options));
    for (const RunInfo& run : named) {
      const std::string reason = reason_to_stay(run);
      if (reason.empty()) continue;
      return Error{ErrorKind::usage, run.paths.name() + ": " + reason + " and is not removed"};
    }
    return named;
  }
  FORKNET_ASSIGN(auto runs, all_runs(options));
  std::erase_if(runs, [](const RunInfo& run) { return !is_cleaned_unnamed(run.paths.folder); });
  const auto age = [](const RunInfo& run) {
    std::error_code error;
    return std::filesystem::last_write_time(run.paths.folder, error);
  };
  std::stable_sort(runs.begin(), runs.end(),
                   [&](const RunInfo& a, const RunInfo& b) { return age(a) > age(b); });
  const auto keep = static_cast<std::size_t>(options.keep);
  runs.erase(runs.begin(), runs.begin() + static_cast<std::ptrdiff_t>(std::min(keep, runs.size())));
  std::erase_if(runs, [](const RunInfo& run) { return run.state == "running"; });
  return runs;
}

// Prints how many folders and links in the folder of runs were skipped.
void print_others(const RunsOptions& options) {
  const auto names = os::list_folder(options.runs);
  if (!names.ok() || !options.names.empty()) return;
  const auto others = std::count_if(names->begin(), names->end(), [&](const std::string& name) {
    std::error_code error;
    const std::string path = options.runs + "/" + name;
    return name != "latest" && std::filesystem::is_directory(path, error) &&
           !is_cleaned_unnamed(path);
  });
  if (others == 0) return;
  print(fmt::format("left alone in {}: {} folders of other users or behind links\n", options.runs,
                    others));
}

// Removes the config that makes the folder a run after the rest, so that an interrupted removal can
// be repeated; and the lock last, so that a resume finds it held until nothing is left.
std::error_code remove_run_folder(const run::RunPaths& paths) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (fs::is_symlink(paths.folder, error)) return fs::remove(paths.folder, error), error;
  const std::string config = os::name_of(paths.resolved_config().text());
  const std::string lock = os::name_of(paths.lock().text());
  fs::directory_iterator entries(paths.folder, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    if (name != config && name != lock) fs::remove_all(entries->path(), error);
    if (error) return error;
  }
  FORKNET_FAILPOINT("clean/within");
  for (const std::string& name : {config, lock}) {
    if (!error) fs::remove_all(paths.folder + "/" + name, error);
  }
  if (!error) fs::remove(paths.folder, error);
  return error;
}

// Error: the run stays; the caller reports it and removes the others.
Status remove_run(const RunInfo& run) {
  if (const std::string reason = reason_to_stay(run); !reason.empty()) {
    return Error{ErrorKind::usage, run.paths.folder + ": " + reason + " and is not removed"};
  }
  // Held until all is removed; otherwise a resume could start meanwhile and lose its folder.
  const auto lock = os::FileLock::acquire(run.paths.lock());
  if (!lock.ok() && os::FileLock::holder(run.paths.lock())) return lock.error();
  run::remove_state({run.paths.folder});
  const std::error_code error = remove_run_folder(run.paths);
  if (!error) return {};
  return Error{ErrorKind::internal, run.paths.folder + ": cannot be removed: " + error.message()};
}

// Removes stale states in memory. A state whose folder may only have been moved stays, unless
// --orphans is given. True: there was something to remove.
bool clean_stale_states(const RunsOptions& options) {
  bool any = false;
  for (const run::StaleState& state : run::stale_states(options.runs)) {
    const bool goes = state.certain || options.orphans;
    if (!goes) {
      print(
          fmt::format("kept {}: the state of a run that is no longer in {} (it was {})\n"
                      "  the moved folder can still be resumed with it; remove the state with: "
                      "forknet runs clean --orphans\n",
                      state.files.back(), options.runs, state.folder));
      continue;
    }
    if (!options.dry_run && !run::remove_stale_state(state)) continue;  // a process uses it now
    any = true;
    for (const std::string& path : state.files) {
      print(fmt::format("{} {}, left by a run that is gone\n",
                        options.dry_run ? "would remove" : "removed", path));
    }
  }
  return any;
}

// Removes cached rows without a run, in every folder from which a run was removed. `any`: there was
// something to remove.
struct CachesCleaned {
  bool any = false;
  int code = 0;
};
CachesCleaned clean_caches(const RunsOptions& options, const std::vector<RunInfo>& removed) {
  std::map<std::string, std::set<std::string>> gone = {{options.runs, {}}};
  for (const RunInfo& run : removed) {
    gone[os::folder_of(run.paths.folder)].insert(run.paths.name());
  }
  const char* const does = options.dry_run ? "would remove" : "removed";
  CachesCleaned result;
  for (const auto& [folder, names] : gone) {
    const auto cleaned = run::clean_data_cache(folder, names, options.dry_run);
    if (!cleaned.ok()) {
      result.code = fail(cleaned.error());
      continue;
    }
    for (const std::string& path : cleaned->unused) {
      print(fmt::format("{} {}, rows that no run there was trained on\n", does, path));
    }
    for (const std::string& path : cleaned->unfinished) {
      print(fmt::format("{} {}, rows that a process left unfinished\n", does, path));
    }
    result.any = result.any || !cleaned->unused.empty() || !cleaned->unfinished.empty();
  }
  return result;
}

int clean(const RunsOptions& options) {
  const auto runs = runs_to_clean(options);
  if (!runs.ok()) return fail(runs.error());
  const char* const does = options.dry_run ? "would remove" : "removed";
  int code = 0;
  std::vector<RunInfo> gone;
  for (const RunInfo& run : *runs) {
    if (const Status removed = options.dry_run ? Status() : remove_run(run); !removed.ok()) {
      code = fail(removed.error());
      continue;
    }
    print(fmt::format("{} {}\n", does, run.paths.folder));
    gone.push_back(run);
  }
  const bool orphans = clean_stale_states(options);
  const CachesCleaned caches = clean_caches(options, gone);
  if (caches.code != 0) code = caches.code;
  if (runs->empty() && !orphans && !caches.any && caches.code == 0) print("nothing to remove\n");
  print_others(options);
  return code;
}

}  // namespace

int run_runs(const RunsOptions& options) {
  switch (options.action) {
    case RunsOptions::Action::ls:
      return list(options);
    case RunsOptions::Action::show:
      return show(options);
    case RunsOptions::Action::compare:
      return compare(options);
    case RunsOptions::Action::clean:
      return clean(options);
  }
  return 1;
}

}  // namespace forknet::apps
