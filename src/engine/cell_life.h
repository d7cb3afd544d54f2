// The life of a cell that works by itself: generation after generation (coordinator.h), step after
// step. What a cell does in each is its own business.
#pragma once

#include <forknet/result.h>

#include <cstdint>

#include "engine/cell_spec.h"
#include "engine/engine.h"
#include "os/fd.h"
#include "state/coordinator.h"

namespace forknet::run {

// All of it outlives the cell.
struct CellJob {
  const CellSpec& spec;
  const EngineJob& engine;
  Coordinator& coordinator;
  const os::Fd& event;       // is told when the cells come to rest, and when this one has joined
  bool replaceable = false;  // dead cells are replaced: a broken step is not the end
};

class Cell {
 public:
  virtual ~Cell() = default;
  // Takes its place in a generation: what it shares with others, made anew. Error: it cannot go on.
  [[nodiscard]] virtual Status enter(std::uint32_t generation) = 0;
  // All have; the next step is `step`.
  [[nodiscard]] virtual Status begin(std::uint64_t step) = 0;
  // Its part of a step. Error: others are gone; nothing of the step is worth anything.
  [[nodiscard]] virtual Status step(std::uint64_t number) = 0;
  // After its part of step `steps` - 1. Error: likewise.
  [[nodiscard]] virtual Status after_step(std::uint64_t steps) = 0;
  // Lets go of what it shared with others in the generation.
  virtual void leave() = 0;
  // Of its threads, in the generation at hand.
  [[nodiscard]] virtual std::uint64_t wait_ns() const = 0;
};

// Until the run is over. Error: the cell cannot go on, or others are gone and nobody replaces them.
[[nodiscard]] Status live(const CellJob& job, Cell& cell);

}  // namespace forknet::run
