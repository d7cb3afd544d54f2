// forknet runs: past runs listed, shown, compared, cleaned.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "apps/commands.h"
#include "os/file.h"
#include "os/file_lock.h"
#include "report/text.h"
#include "run/run_folder.h"
#include "run/state/orphans.h"

namespace forknet::apps {
namespace {

using nlohmann::json;
constexpr std::size_t kMostText = std::size_t{1} << 24;

struct RunInfo {
  run::RunPaths paths;
  json summary;  // null while it runs, or when it was killed
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
    info.state = info.summary["state"].get<std::string>();
  } else {
    info.state = "killed";
  }
  return info;
}

// A number deep in the summary, as text; "-" where there is none.
std::string figure(const json& summary, const char* set, const char* key) {
  if (!summary.is_object() || !summary.contains(set) || !summary[set].is_object()) return "-";
  const auto found = summary[set].find(key);
  if (found == summary[set].end() || !found->is_number()) return "-";
  const auto value = found->get<double>();
  return std::string(key) == "accuracy" ? report::percent(value) : fmt::format("{:.4f}", value);
}

std::string plain(const json& summary, const char* key) {
  if (!summary.is_object() || !summary.contains(key)) return "-";
  const json& value = summary[key];
  if (value.is_string()) return value.get<std::string>();
  return value.is_number_float() ? fmt::format("{:.2f}", value.get<double>()) : value.dump();
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

void print(const std::vector<RunInfo>& runs, bool as_json) {
  if (!as_json) {
    std::fputs(table_of(runs).c_str(), stdout);
    return;
  }
  json list = json::array();
  for (const RunInfo& run : runs) list.push_back(json_of(run));
  std::printf("%s\n", list.dump().c_str());
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
    std::printf("%s holds no runs yet; forknet train makes one\n", options.runs.c_str());
    return 0;
  }
  print(*runs, options.json);
  return 0;
}

int show(const RunsOptions& options) {
  const auto runs = named_runs(options);
  if (!runs.ok()) return fail(runs.error());
  for (const RunInfo& run : *runs) {
    if (options.json) {
      std::printf("%s\n", json_of(run).dump().c_str());
      continue;
    }
    std::printf("%s: %s\n", run.paths.folder.c_str(), run.state.c_str());
    if (run.summary.is_object()) std::printf("%s\n", run.summary.dump(2).c_str());
    for (const auto& path : {run.paths.resolved_config(), run.paths.metrics(), run.paths.log()}) {
      std::printf("  %s\n", path.c_str());
    }
  }
  return 0;
}

// Runs side by side, and whether they ended on the same weights.
int compare(const RunsOptions& options) {
  const auto runs = named_runs(options);
  if (!runs.ok()) return fail(runs.error());
  print(*runs, options.json);
  if (options.json) return 0;
  const auto digest = [](const RunInfo& run) { return plain(run.summary, "weights_digest"); };
  const bool same = std::all_of(runs->begin(), runs->end(), [&](const RunInfo& run) {
    return digest(run) == digest(runs->front()) && digest(run) != "-";
  });
  std::printf("same bits: %s\n", same ? "yes" : "no");
  return 0;
}

// Those to remove: named ones, or all but the newest `keep`; never one that runs.
Result<std::vector<RunInfo>> runs_to_clean(const RunsOptions& options) {
  if (!options.names.empty()) {
    FORKNET_ASSIGN(auto named, named_runs(options));
    for (const RunInfo& run : named) {
      if (run.state == "running") {
        return Error{ErrorKind::usage, run.paths.name() + ": is running and is not removed"};
      }
    }
    return named;
  }
  FORKNET_ASSIGN(auto runs, all_runs(options));
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

// States in memory that no run has. One whose folder may only have been moved stays, unless it is
// asked for. True: there was something to remove.
bool clean_orphans(const RunsOptions& options) {
  bool any = false;
  for (const run::OrphanedState& state : run::orphaned_states(options.runs)) {
    const bool goes = state.certain || options.orphans;
    if (!goes) {
      std::printf(
          "kept %s: the state of a run that is not in %s any more (it was %s)\n"
          "  it goes on where the folder was moved; remove the state with: forknet runs clean "
          "--orphans\n",
          state.files.back().c_str(), options.runs.c_str(), state.folder.c_str());
      continue;
    }
    any = true;
    if (!options.dry_run) run::remove_orphan(state);
    for (const std::string& path : state.files) {
      std::printf("%s %s, left by a run that is gone\n",
                  options.dry_run ? "would remove" : "removed", path.c_str());
    }
  }
  return any;
}

int clean(const RunsOptions& options) {
  const auto runs = runs_to_clean(options);
  if (!runs.ok()) return fail(runs.error());
  for (const RunInfo& run : *runs) {
    std::error_code error;
    if (!options.dry_run) {
      run::remove_state({run.paths.folder});
      std::filesystem::remove_all(run.paths.folder, error);
    }
    if (error) return fail({ErrorKind::internal, run.paths.folder + ": " + error.message()});
    std::printf("%s %s\n", options.dry_run ? "would remove" : "removed", run.paths.folder.c_str());
  }
  const bool removed = clean_orphans(options);
  if (runs->empty() && !removed) std::printf("nothing to remove\n");
  return 0;
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
