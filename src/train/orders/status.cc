#include "train/orders/status.h"

#include <nlohmann/json.hpp>

namespace forknet::run {
namespace {

using nlohmann::ordered_json;

ordered_json frames_of(const CellReport& cell) {
  auto frames = ordered_json::object();
  for (const FrameCount& count : cell.frames) {
    frames[count.kind] = {{"frames_in", count.frames_in},
                          {"bytes_in", count.bytes_in},
                          {"frames_out", count.frames_out},
                          {"bytes_out", count.bytes_out}};
  }
  return frames;
}

ordered_json threads_of(const CellReport& cell) {
  auto threads = ordered_json::array();
  for (const CellReport::Thread& thread : cell.thread_times) {
    threads.push_back({{"name", thread.name},
                       {"cpu_seconds", thread.cpu_seconds},
                       {"busy", thread.busy},
                       {"wait", thread.wait}});
  }
  return threads;
}

ordered_json cell_of(const CellReport& cell) {
  return {{"stage", cell.stage},
          {"replica", cell.replica},
          {"pid", cell.pid},
          {"threads", cell.threads},
          {"state", cell.state},
          {"cpus", cell.cpus},
          {"busy", cell.busy},
          {"wait", cell.wait},
          {"bytes_in", cell.bytes_in},
          {"bytes_out", cell.bytes_out},
          {"arena_bytes", cell.arena_bytes},
          {"rss_bytes", cell.rss_bytes},
          {"deaths", cell.deaths},
          {"frames", frames_of(cell)},
          {"thread_times", threads_of(cell)}};
}

}  // namespace

std::string status_json(const std::string& run, const Snapshot& snapshot) {
  auto cells = ordered_json::array();
  for (const CellReport& cell : snapshot.cells) cells.push_back(cell_of(cell));
  ordered_json object = {{"run", run},
                         {"state", snapshot.state},
                         {"step", snapshot.step},
                         {"steps", snapshot.steps},
                         {"epoch", snapshot.epoch},
                         {"samples_per_second", snapshot.samples_per_second},
                         {"loss", snapshot.loss},
                         {"generation", snapshot.generation},
                         {"cells", std::move(cells)}};
  if (!snapshot.ended_by.empty()) object["ended_by"] = snapshot.ended_by;
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace forknet::run
