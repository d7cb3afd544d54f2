// A process that is one cell of a grid: what it does from its first line to its last.
#pragma once

namespace forknet::run {

// Works until its Supervisor says that the run is over, or is gone. The exit code.
[[nodiscard]] int run_cell_process();

// Whether this program can start itself as one: forknet::init() was called.
[[nodiscard]] bool can_start_cells();

}  // namespace forknet::run
