// The trace rings of the workers of a grid (base/trace_ring.h), consecutive in memory that cells
// and Supervisor map. Pure arithmetic.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "base/trace_ring.h"
#include "cell/shares.h"

namespace forknet::cell {

// The capacity of a ring in spans: smaller for very many workers, so that all rings together take
// about 8 MiB.
[[nodiscard]] constexpr std::size_t trace_events(const GridShape& shape) {
  constexpr std::size_t kMost = 16384;
  constexpr std::size_t kLeast = 64;
  constexpr std::size_t kTogether = std::size_t{1} << 18;
  return std::clamp(kTogether / shape.workers(), kLeast, kMost);
}

// A whole number of cache lines.
[[nodiscard]] constexpr std::size_t trace_ring_bytes(const GridShape& shape) {
  constexpr std::size_t kLine = 64;
  return (TraceRing::bytes(trace_events(shape)) + kLine - 1) / kLine * kLine;
}

[[nodiscard]] constexpr std::size_t trace_bytes(const GridShape& shape) {
  return shape.workers() * trace_ring_bytes(shape);
}

// The rings of workers [first, first + count), written by process `pid`. `memory`:
// trace_bytes(shape), 64-byte aligned, initially zero; outlives the rings.
[[nodiscard]] inline std::vector<TraceRing> trace_rings(const GridShape& shape,
                                                        std::span<std::byte> memory,
                                                        std::size_t first, std::size_t count,
                                                        int pid) {
  FORKNET_CHECK(memory.size() >= trace_bytes(shape));
  const std::size_t size = trace_ring_bytes(shape);
  std::vector<TraceRing> rings;
  for (std::size_t i = first; i < first + count; ++i) {
    rings.emplace_back(memory.subspan(i * size, TraceRing::bytes(trace_events(shape))), pid);
  }
  return rings;
}

}  // namespace forknet::cell
