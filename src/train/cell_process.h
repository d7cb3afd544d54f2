// The main function of a process that is one cell of a grid.
#pragma once

namespace forknet::run {

// Works until the Supervisor ends the run or dies. Returns the exit code.
[[nodiscard]] int run_cell_process();

// True: forknet::init() was called, so this program can start itself as a cell process.
[[nodiscard]] bool can_start_cells();

}  // namespace forknet::run
