// What a run's cells did when: the rings that they write into, and what is left of those of layouts
// that the run has had before.
#pragma once

#include <forknet/result.h>
#include <forknet/trace.h>

#include <vector>

#include "base/trace_ring.h"
#include "cell/shares.h"
#include "engine/engine.h"
#include "os/mapping.h"

namespace forknet::run {

// The rings of the threads of a cell; none where nobody records.
[[nodiscard]] std::vector<TraceRing> rings_of_cell(const EngineJob& job, std::size_t cell);
[[nodiscard]] std::vector<TraceRing> rings_of_all(const EngineJob& job);

// The Supervisor's. Memory for the cells of one layout after the other.
class TraceBook {
 public:
  // The cells of the layout before have come to rest or are gone. Errors: memory.
  [[nodiscard]] Status open(const cell::GridShape& shape);
  // That of the layout at hand; null before the first.
  [[nodiscard]] os::Mapping* memory() { return memory_.bytes().empty() ? nullptr : &memory_; }
  // All of it, by the time at which the spans began. It is empty then.
  [[nodiscard]] RunTrace take();

 private:
  void collect();

  cell::GridShape shape_;
  os::Mapping memory_;
  RunTrace trace_;
};

}  // namespace forknet::run
