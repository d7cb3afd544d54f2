// forknet runs: past runs listed, shown, compared, cleaned.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "apps/commands.h"
#include "apps/output.h"
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
  if (found == summary[set].end()) return "-";
  if (found->is_null()) return "nan";  // a number that is not finite
  if (!found->is_number()) return "-";
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

void print_runs(const std::vector<RunInfo>& runs, bool as_json) {
  if (!as_json) {
    print(table_of(runs));
    return;
  }
  json list = json::array();
  for (const RunInfo& run : runs) list.push_back(json_of(run));
  print(list.dump() + "\n");
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
      print(json_of(run).dump() + "\n");
      continue;
    }
    print(fmt::format("{}: {}\n", run.paths.folder, run.state));
    if (run.summary.is_object()) print(run.summary.dump(2) + "\n");
    for (const auto& path : {run.paths.resolved_config(), run.paths.metrics(), run.paths.log()}) {
      print("  " + path + "\n");
    }
  }
  return 0;
}

// Runs side by side, and whether they ended on the same weights.
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
    print(fmt::format("{} {}\n", options.dry_run ? "would remove" : "removed", run.paths.folder));
  }
  const auto orphans = run::orphaned_state_files();
  for (const std::string& path : orphans) {
    if (!options.dry_run) (void)os::remove_file(path);
    print(fmt::format("{} {}, left by a run that is gone\n",
                      options.dry_run ? "would remove" : "removed", path));
  }
  if (runs->empty() && orphans.empty()) print("nothing to remove\n");
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
