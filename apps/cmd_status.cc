// forknet status: how a run stands and what its cells do.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>

#include "apps/commands.h"
#include "os/file.h"
#include "os/file_lock.h"
#include "report/cells_text.h"
#include "report/text.h"
#include "run/run_folder.h"

namespace forknet::apps {
namespace {

using nlohmann::json;
constexpr std::size_t kMostText = std::size_t{1} << 26;

std::vector<CellReport> cells_of(const json& status) {
  std::vector<CellReport> cells;
  for (const json& from : status.at("cells")) {
    CellReport cell;
    cell.stage = from.at("stage");
    cell.replica = from.at("replica");
    cell.pid = from.at("pid");
    cell.threads = from.at("threads");
    cell.cpus = from.at("cpus").get<std::vector<int>>();
    cell.busy = from.at("busy");
    cell.wait = from.at("wait");
    cell.bytes_in = from.at("bytes_in");
    cell.bytes_out = from.at("bytes_out");
    cell.rss_bytes = from.at("rss_bytes");
    cells.push_back(cell);
  }
  return cells;
}

std::string text_of(const json& status) {
  const double loss = status.at("loss").is_number() ? status.at("loss").get<double>() : 0.0 / 0.0;
  return fmt::format("run {}: {}, step {} of {}, epoch {}, loss {:.4f}, {} samples/s\n",
                     status.at("run").get<std::string>(), status.at("state").get<std::string>(),
                     report::grouped(status.at("step")), report::grouped(status.at("steps")),
                     status.at("epoch").get<std::uint64_t>(), loss,
                     report::grouped(static_cast<std::uint64_t>(
                         status.at("samples_per_second").get<double>()))) +
         report::cells_text(cells_of(status));
}

Result<json> read_status(const StatusOptions& options) {
  FORKNET_ASSIGN(const auto paths, run::find_run(options.run, options.runs));
  FORKNET_ASSIGN(const std::string text, os::read_file(paths.status(), kMostText));
  json status = json::parse(text, nullptr, false);
  if (!status.is_object() || !status.contains("cells") || !status.contains("state")) {
    return Error{ErrorKind::data, paths.status() + ": is no status of a run"};
  }
  constexpr std::string_view kAlive[] = {"running", "paused", "held", "stopping"};
  const bool alive =
      std::find(std::begin(kAlive), std::end(kAlive), status["state"]) != std::end(kAlive);
  if (alive && !os::FileLock::holder(paths.lock())) {
    status["state"] = "killed";
  }
  return status;
}

}  // namespace

int run_status(const StatusOptions& options) {
  const auto status = read_status(options);
  if (!status.ok()) return fail(status.error());
  try {
    std::printf("%s", (options.json ? status->dump() + "\n" : text_of(*status)).c_str());
  } catch (const json::exception& fault) {
    return fail({ErrorKind::data, std::string("status.json: ") + fault.what()});
  }
  return 0;
}

}  // namespace forknet::apps
