// The life of a cell with its own thread of control: generation after generation (coordinator.h),
// step after step. The work of each step is virtual (Cell).
#pragma once

#include <forknet/result.h>

#include <cstdint>

#include "engine/cell_spec.h"
#include "engine/engine.h"
#include "os/fd.h"
#include "state/coordinator.h"

namespace forknet::run {

// All members outlive the cell.
struct CellJob {
  const CellSpec& spec;
  const EngineJob& engine;
  Coordinator& coordinator;
  const os::Fd& event;       // notified when the cells come to rest and when this cell has joined
  bool replaceable = false;  // dead cells are replaced, so a failed step does not end the run
};

class Cell {
 public:
  virtual ~Cell() = default;
  // Joins a generation: sets up again what it shares with other cells. Error: it cannot continue.
  [[nodiscard]] virtual Status enter(std::uint32_t generation) = 0;
  // All cells have joined; the next step is `step`.
  [[nodiscard]] virtual Status begin(std::uint64_t step) = 0;
  // Its part of a step. Error: other cells are gone; the results of the step must not be used.
  [[nodiscard]] virtual Status step(std::uint64_t number) = 0;
  // Called after its part of step `steps` - 1. Error: as for step().
  [[nodiscard]] virtual Status after_step(std::uint64_t steps) = 0;
  // Releases what it shared with other cells in the generation.
  virtual void leave() = 0;
  // The wait time of its threads in the current generation.
  [[nodiscard]] virtual std::uint64_t wait_ns() const = 0;
};

// Returns when the run is over. Error: the cell cannot continue, or other cells are gone and not
// replaced.
[[nodiscard]] Status live(const CellJob& job, Cell& cell);

}  // namespace forknet::run
