// forknet ps, logs, wait: lists the runs that train, prints a log, waits for an end.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "apps/commands.h"
#include "apps/output.h"
#include "apps/status_view.h"
#include "os/event.h"
#include "os/file.h"
#include "report/text.h"
#include "session/run_folder.h"
#include "train/summary.h"

namespace forknet::apps {
namespace {

using nlohmann::json;
constexpr std::size_t kMostFollowed = std::size_t{1} << 28;
constexpr std::int64_t kLookForMore = 100'000'000;

json status_of(const run::RunPaths& paths) {
  const auto text = os::read_file(paths.status(), kMostFollowed);
  return text.ok() ? json::parse(*text, nullptr, false) : json();
}

std::string processes_of(const json& status) {
  if (!status.is_object() || !status.contains("cells")) return "-";
  std::set<std::string> pids;
  for (const json& cell : status["cells"]) pids.insert(text_at(cell, "pid"));
  return std::to_string(pids.size());
}

// The epoch of a status; 0 if the file holds none.
std::int64_t epoch_of(const json& status) {
  const auto epoch = status.is_object() ? status.find("epoch") : status.end();
  return epoch != status.end() && epoch->is_number_integer() ? epoch->get<std::int64_t>() : 0;
}

// The next part of a log from `shown` on; while more may come, up to the end of a line. A log that
// has become shorter is a new one.
std::string_view next_part(std::string_view log, bool more, std::size_t& shown) {
  if (log.size() < shown) shown = 0;
  std::string_view part = log.substr(shown);
  if (more) part = part.substr(0, part.rfind('\n') + 1);
  shown += part.size();
  return part;
}

// The exit code of the run's own process, by summary.json; 5 if there is none.
int code_of(const run::RunPaths& paths) {
  constexpr int kStopped = 75;
  const auto text = os::read_file(paths.summary(), kMostFollowed);
  const json summary = text.ok() ? json::parse(*text, nullptr, false) : json();
  const std::string state = text_at(summary, "state");
  if (state == "finished") return 0;
  if (state == "stopped") return kStopped;
  if (state == "diverged") return static_cast<int>(ErrorKind::diverged);
  if (const auto failure = run::read_failure(paths.summary())) {
    return fail({failure->kind, paths.name() + ": failed: " + failure->message});
  }
  return fail({ErrorKind::cell, paths.name() + ": was killed; forknet train --resume " +
                                    paths.word() + " continues it"});
}

}  // namespace

int run_ps(const PsOptions& options) {
  const auto names = run::list_runs(options.runs);
  if (!names.ok()) return fail(names.error());
  json list = json::array();
  std::vector<std::vector<std::string>> rows;
  for (const std::string& name : *names) {
    const run::RunPaths paths{options.runs + "/" + name};
    if (!is_running(paths)) continue;
    const json status = status_of(paths);
    list.push_back(status);
    rows.push_back({name, text_at(status, "state"), text_at(status, "step"),
                    text_at(status, "steps"), text_at(status, "epoch"),
                    text_at(status, "step") == "0" ? "-" : text_at(status, "loss"),
                    processes_of(status)});
  }
  if (options.json) {
    print(plain_json(list) + "\n");
  } else if (rows.empty()) {
    print(fmt::format("nothing runs in {}\n", options.runs));
  } else {
    print(report::table({"run", "state", "step", "of", "epoch", "loss", "processes"}, rows));
  }
  return 0;
}

int run_logs(const LogsOptions& options) {
  const auto paths = run::find_run(options.run, options.runs);
  if (!paths.ok()) return fail(paths.error());
  std::size_t shown = 0;
  os::Watch nothing;
  while (true) {
    const bool more = options.follow && is_running(*paths);  // checked before the text is read
    const auto text = os::read_file(paths->log(), kMostFollowed);
    if (!text.ok()) return fail(text.error());
    print(next_part(*text, more, shown));
    if (!flush_output() || !more) return 0;  // the end of the program reports a failure
    nothing.wait(kLookForMore);
  }
}

int run_wait(const WaitOptions& options) {
  const auto paths = run::find_run(options.run, options.runs);
  if (!paths.ok()) return fail(paths.error());
  os::Watch nothing;
  while (true) {
    const bool running = is_running(*paths);
    const json status = status_of(*paths);
    if (options.epoch && epoch_of(status) >= *options.epoch) return 0;
    if (!running) return code_of(*paths);
    nothing.wait(kLookForMore);
  }
}

}  // namespace forknet::apps
