// Whether this machine can carry a grid, asked before anything of it is started.
#pragma once

#include <forknet/result.h>

#include "engine/engine.h"

namespace forknet::run {

// Processes and threads of a grid, loaders included.
struct GridDemand {
  std::uint64_t processes = 0;  // besides this one
  std::uint64_t threads = 0;    // of them and of this one, besides those that run now
  std::uint64_t bytes = 0;      // of memory for threads and their scratch
  std::uint64_t most = 0;       // threads of one process
};
[[nodiscard]] GridDemand demand_of(const EngineJob& job, bool processes);

struct MachineRoom {
  std::uint64_t tasks = 0;  // threads that may still be started
  std::string tasks_source;
  std::optional<std::uint64_t> bytes = {};
  std::optional<std::uint64_t> of_process = {};  // threads
};
[[nodiscard]] MachineRoom room_now();

// Error (config) with both numbers: asked for and left.
[[nodiscard]] Status admit(const GridDemand& demand, const MachineRoom& room);

// Files that a run on this grid has open at once in this process, its state included, at least;
// before that is made.
[[nodiscard]] std::uint64_t descriptors_of(const GridConfig& grid, const cell::GridPlan& plan,
                                           bool processes);
// left: nothing where there is no limit. Error (config) likewise.
[[nodiscard]] Status admit_descriptors(std::uint64_t needed, std::optional<std::uint64_t> left);

}  // namespace forknet::run
