// Traces of a run's cells: the rings that they write, and the spans collected from the rings of
// earlier layouts.
#pragma once

#include <forknet/result.h>
#include <forknet/trace.h>

#include <vector>

#include "base/trace_ring.h"
#include "cell/shares.h"
#include "engine/engine.h"
#include "os/mapping.h"

namespace forknet::run {

// The rings of the threads of a cell; empty if no trace was requested.
[[nodiscard]] std::vector<TraceRing> rings_of_cell(const EngineJob& job, std::size_t cell);
[[nodiscard]] std::vector<TraceRing> rings_of_all(const EngineJob& job);

// Used by the Supervisor: memory for the rings of one layout after the other.
class TraceBook {
 public:
  // Requires that the cells of the previous layout rest or have ended. Error: out of memory.
  [[nodiscard]] Status open(const cell::GridShape& shape);
  // The memory of the current layout; null before the first open().
  [[nodiscard]] os::Mapping* memory() { return memory_.bytes().empty() ? nullptr : &memory_; }
  // Removes and returns all spans, sorted by their begin.
  [[nodiscard]] RunTrace take();

 private:
  void collect();

  cell::GridShape shape_;
  os::Mapping memory_;
  RunTrace trace_;
};

}  // namespace forknet::run
