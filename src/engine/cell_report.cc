#include <algorithm>

#include "engine/engine.h"
#include "os/process.h"
#include "settings/layout.h"

namespace forknet::run {
std::optional<int> first_pin(const cell::GridPlan& grid, std::size_t cell) {
  if (grid.pins.empty()) return std::nullopt;
  return grid.pins[cell * grid.shape.threads];
}

CellReport report_of(const cell::GridPlan& grid, const nn::ModelPlan& plan, std::size_t cell,
                     const wire::Traffic& in, const wire::Traffic& out) {
  const std::size_t stage = cell / grid.shape.replicas;
  CellReport report;
  report.stage = static_cast<std::int64_t>(stage);
  report.replica = static_cast<std::int64_t>(cell % grid.shape.replicas);
  report.threads = static_cast<std::int64_t>(threads_of_cell(grid, plan, stage));
  for (std::size_t thread = 0; thread < grid.shape.threads && !grid.pins.empty(); ++thread) {
    report.cpus.push_back(grid.pins[cell * grid.shape.threads + thread]);
  }
  for (std::size_t kind = 0; kind < wire::kFrameKinds; ++kind) {
    const auto number = [&](const auto& counts) {
      return counts[kind].load(std::memory_order_relaxed);
    };
    const FrameCount count = {std::string(wire::name_of(static_cast<wire::FrameKind>(kind))),
                              number(in.frames), number(in.bytes), number(out.frames),
                              number(out.bytes)};
    report.bytes_in += count.bytes_in;
    report.bytes_out += count.bytes_out;
    if (count.frames_in + count.frames_out > 0) report.frames.push_back(count);
  }
  return report;
}

CellReport report_of(const EngineJob& job, std::size_t cell, const Coordinator& coordinator,
                     int pid, double train_seconds) {
  const cell::CellTraffic traffic = coordinator.traffic(cell);
  const CellCounts counts = coordinator.counts(cell);
  CellReport report = report_of(job.grid, job.plan, cell, *traffic.in, *traffic.out);
  const auto seconds = [](std::uint64_t ns) { return static_cast<double>(ns) * 1e-9; };
  // Between its steps it waits for the last cell to finish.
  fill_times(report, train_seconds,
             train_seconds - seconds(counts.steps_ns) + seconds(counts.wait_ns));
  fill_process(report, pid, train_seconds);
  report.arena_bytes = counts.arena;
  report.deaths = counts.deaths;
  return report;
}

void fill_times(CellReport& report, double train_seconds, double wait_seconds) {
  if (train_seconds <= 0) return;
  report.wait = std::clamp(wait_seconds / train_seconds, 0.0, 1.0);
  report.busy = 1 - report.wait;
}

void add_cpu_times(int pid, CpuTimes& times) {
  for (const os::ThreadTime& thread : os::thread_times(pid)) times[thread.id] = thread.cpu_seconds;
}

void fill_process(CellReport& report, int pid, double train_seconds, const CpuTimes& before) {
  report.pid = pid;
  report.rss_bytes = os::resident_bytes(pid);
  for (const os::ThreadTime& thread : os::thread_times(pid)) {
    const auto earlier = before.find(thread.id);
    const double used = thread.cpu_seconds - (earlier == before.end() ? 0.0 : earlier->second);
    const double busy = train_seconds > 0 ? std::clamp(used / train_seconds, 0.0, 1.0) : 0;
    report.thread_times.push_back({thread.name, thread.cpu_seconds, busy, 1 - busy});
  }
}

}  // namespace forknet::run
