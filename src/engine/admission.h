// Checks, before any part of a grid is started, whether this machine can run it.
#pragma once

#include <forknet/result.h>

#include "engine/engine.h"

namespace forknet::run {

// Processes and threads of a grid, loaders included.
struct GridDemand {
  std::uint64_t processes = 0;  // in addition to this one
  std::uint64_t threads = 0;    // of these and of this process, in addition to running ones
  std::uint64_t bytes = 0;      // of memory for threads and their scratch buffers
  std::uint64_t most = 0;       // the most threads in one process
};
[[nodiscard]] GridDemand demand_of(const EngineJob& job, bool processes);

struct MachineRoom {
  std::uint64_t tasks = 0;  // threads that can still be started
  std::string tasks_source;
  std::optional<std::uint64_t> bytes = {};
  std::optional<std::uint64_t> of_process = {};  // threads
};
[[nodiscard]] MachineRoom room_now();

// Error (config) with both numbers: required and available.
[[nodiscard]] Status admit(const GridDemand& demand, const MachineRoom& room);

// The least number of files that a run on this grid has open at once in this process, its state
// included. Call before the state is created.
[[nodiscard]] std::uint64_t descriptors_of(const GridConfig& grid, const cell::GridPlan& plan,
                                           bool processes);
// left: nothing if there is no limit. Error (config) as for admit().
[[nodiscard]] Status admit_descriptors(std::uint64_t needed, std::optional<std::uint64_t> left);

}  // namespace forknet::run
