#include "engine/admission.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/pipes.h"
#include "os/limits.h"
#include "os/memory.h"
#include "settings/layout.h"
#include "wire/transports.h"

namespace forknet::run {
namespace {

// The memory of a sleeping thread: its kernel stack and the touched part of its user stack.
constexpr std::uint64_t kThreadBytes = 48 << 10;

// The number of threads in the largest of `processes` processes.
std::uint64_t most_of_process(const EngineJob& job, std::size_t processes) {
  const std::size_t all = working_threads(job.grid, job.plan);
  if (processes <= 1) return all;
  // Stages of a worker of models that train apart are threads of it.
  if (job.config.grid.sync == Sync::average) return all / processes;
  std::size_t most = 0;
  for (std::size_t stage = 0; stage < job.grid.shape.stages; ++stage) {
    most = std::max(most, threads_of_cell(job.grid, job.plan, stage));
  }
  return most;
}

}  // namespace

GridDemand demand_of(const EngineJob& job, bool processes) {
  const cell::GridShape& shape = job.grid.shape;
  GridDemand demand;
  // Stages of a worker of models that train apart are threads of it.
  const bool workers = job.config.grid.sync == Sync::average;
  const std::size_t cells = workers ? shape.replicas : shape.cells();
  demand.processes = processes ? cells : 0;
  const auto loaders = static_cast<std::uint64_t>(job.config.data.loader_threads);
  demand.threads = working_threads(job.grid, job.plan) + loaders;
  if (processes) {
    // Each cell has its loaders and a thread that watches the lifeline; threads per unit have a
    // coordinator.
    demand.threads += cells * (loaders + 1 + (job.grid.neurons ? 1 : 0));
  }
  demand.most = most_of_process(job, processes ? cells : 1);
  const std::size_t number = job.config.numerics.precision == Precision::fp64 ? 8 : 4;
  demand.bytes = demand.threads * kThreadBytes;
  cell::GridPlan own = job.grid;  // the grid of one worker, which has no replicas
  if (workers) own.shape.replicas = 1;
  const std::size_t first_stages = workers ? shape.replicas : 1;
  if (own.begins_early()) demand.bytes += first_stages * number * job.plan.numbers;
  if (!job.grid.neurons) return demand;
  const std::size_t batch = job.rows_of(job.sampler.batch());
  const std::size_t leaf = job.rows_of(job.leaf_rows);
  const std::size_t leaves = (batch + leaf - 1) / leaf;
  for (const nn::LayerRange& slice : job.grid.slices) {
    demand.bytes += shape.replicas * number *
                    cell::PerUnitExecutor<float>::numbers_for(job.plan, slice, batch, leaves,
                                                              job.optimizer.states());
  }
  return demand;
}

std::uint64_t descriptors_of(const GridConfig& grid, const cell::GridPlan& plan, bool processes) {
  constexpr std::uint64_t kOfRun = 2;    // control page and weights of the state
  constexpr std::uint64_t kOfGrid = 5;   // an event, a lifeline, the program, the rows
  constexpr std::uint64_t kOfStart = 8;  // descriptors passed to a starting cell
  constexpr std::uint64_t kOfWorker = 2;
  const bool workers = grid.sync == Sync::average;
  const std::uint64_t cells = workers ? plan.shape.replicas : plan.shape.cells();
  std::uint64_t needed = kOfRun;
  if (processes) needed += kOfGrid + cells;  // one pidfd per cell
  if (wire::transport_for(grid.channel).shares_memory() || plan.shape.cells() == 1) {
    return needed + (processes ? kOfStart : 0);
  }
  if (workers) return needed + cells * (kOfWorker + 1);
  // Per cell a file of weights and a socket; both ends of all pipes until they have been sent.
  const std::uint64_t ends = 2 * pipes_of(plan.shape).size();
  return needed + cells * (processes ? 2 : 1) + std::max(ends, kOfStart);
}

Status admit_descriptors(std::uint64_t needed, std::optional<std::uint64_t> left) {
  if (!left || needed <= *left) return {};
  return Error{
      ErrorKind::config,
      fmt::format("this grid needs {} open files at least, but this process may have only {} "
                  "more\n  nothing was started; raise the limit (ulimit -n) or ask for "
                  "fewer stages or replicas",
                  needed, *left)};
}

MachineRoom room_now() {
  const os::TaskLimit limit = os::task_limit();
  return {limit.left, limit.source, os::available_memory_bytes(), os::threads_of_process()};
}

Status admit(const GridDemand& demand, const MachineRoom& room) {
  if (demand.threads > room.tasks) {
    return Error{
        ErrorKind::config,
        fmt::format(
            "this grid needs {}{} threads more, but {} allows only {}"
            "\n  nothing was started; raise the limit or ask for fewer threads "
            "(grid.threads), stages or replicas",
            demand.processes == 0 ? "" : fmt::format("{} processes with ", demand.processes),
            demand.threads, room.tasks_source, room.tasks)};
  }
  if (room.of_process && demand.most > *room.of_process) {
    return Error{
        ErrorKind::config,
        fmt::format("a process of this grid needs {} threads, but vm.max_map_count allows {}"
                    "\n  nothing was started; raise the limit or ask for fewer threads "
                    "(grid.threads)",
                    demand.most, *room.of_process)};
  }
  if (room.bytes && demand.bytes > *room.bytes) {
    return Error{ErrorKind::config,
                 fmt::format("the {} threads of this grid need {} MiB of memory, {} are available\n"
                             "  nothing was started; ask for fewer threads (grid.threads)",
                             demand.threads, demand.bytes >> 20, *room.bytes >> 20)};
  }
  return {};
}

}  // namespace forknet::run
