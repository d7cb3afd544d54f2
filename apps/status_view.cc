#include "apps/status_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <string_view>

#include "base/printable.h"
#include "base/try.h"
#include "os/file.h"
#include "os/file_lock.h"
#include "report/text.h"
#include "state/recovered.h"
#include "train/summary.h"

namespace forknet::apps {
namespace {

using nlohmann::json;
constexpr std::size_t kMostText = std::size_t{1} << 26;

}  // namespace

Result<json> read_status(const run::RunPaths& paths) {
  FORKNET_ASSIGN(const std::string text, os::read_file(paths.status(), kMostText));
  json status = json::parse(text, nullptr, false);
  if (!status.is_object() || !status.contains("cells") || !status.contains("state")) {
    return Error{ErrorKind::data, paths.status().text() + ": is not a status of a run"};
  }
  if (is_alive(status) && !os::FileLock::holder(paths.lock())) {
    status["state"] = run::read_failure(paths.summary()) ? "failed" : "killed";
    // The last snapshot may be a second old; the state has the step from which a resume continues.
    if (const auto step = run::committed_in({paths.folder})) status["step"] = *step;
  }
  return status;
}

std::string plain_json(const json& object) {
  return object.dump(-1, ' ', true, json::error_handler_t::replace);
}

std::string text_at(const json& object, const char* key) {
  if (!object.is_object() || !object.contains(key)) return "-";
  const json& value = object[key];
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return "nan";  // a number that is not finite
  return value.is_number_float() ? fmt::format("{:.4g}", value.get<double>()) : plain_json(value);
}

bool is_alive(const json& status) {
  constexpr std::string_view kAlive[] = {"running", "paused", "held", "stopping"};
  return std::find(std::begin(kAlive), std::end(kAlive), status["state"]) != std::end(kAlive);
}

std::vector<CellReport> cells_of(const json& status) {
  std::vector<CellReport> cells;
  for (const json& from : status.at("cells")) {
    CellReport cell;
    cell.stage = from.at("stage");
    cell.replica = from.at("replica");
    cell.pid = from.at("pid");
    cell.threads = from.at("threads");
    cell.state = from.at("state");
    cell.deaths = from.at("deaths");
    cell.cpus = from.at("cpus").get<std::vector<int>>();
    cell.busy = from.at("busy");
    cell.wait = from.at("wait");
    cell.bytes_in = from.at("bytes_in");
    cell.bytes_out = from.at("bytes_out");
    cell.arena_bytes = from.value("arena_bytes", std::uint64_t{0});  // not of an older program
    cell.rss_bytes = from.at("rss_bytes");
    for (const json& thread : from.at("thread_times")) {
      cell.thread_times.push_back({thread.at("name"), thread.at("cpu_seconds"),
                                   thread.value("busy", 0.0), thread.value("wait", 0.0)});
    }
    cells.push_back(cell);
  }
  return cells;
}

std::string headline_of(const json& status) {
  const double loss = status.at("loss").is_number() ? status.at("loss").get<double>()
                                                    : std::numeric_limits<double>::quiet_NaN();
  const std::uint64_t step = status.at("step");
  return fmt::format("run {}: {}, step {} of {}, epoch {}, {}{} samples/s",
                     printable(status.at("run").get<std::string>(), 200),
                     printable(status.at("state").get<std::string>()), report::grouped(step),
                     report::grouped(status.at("steps")), status.at("epoch").get<std::uint64_t>(),
                     step == 0 ? "no step yet, " : "loss " + report::figure(loss) + ", ",
                     report::grouped_rate(status.at("samples_per_second").get<double>()));
}

}  // namespace forknet::apps
