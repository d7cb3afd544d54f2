#include "engine/tracing.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/try.h"
#include "cell/trace_rings.h"
#include "os/process.h"

namespace forknet::run {
namespace {

// Limit for all layouts of a run together.
constexpr std::size_t kMostSpans = std::size_t{1} << 20;

// The shape that the memory was laid out for.
cell::GridShape shape_of(const EngineJob& job) {
  cell::GridShape shape = job.grid.shape;
  if (job.recorded.replicas > 0) shape.replicas = job.recorded.replicas;
  return shape;
}

void add_rings(const EngineJob& job, std::size_t cell, std::vector<TraceRing>& rings) {
  if (job.trace == nullptr) return;
  const cell::GridShape shape = shape_of(job);
  for (TraceRing& ring : cell::trace_rings(shape, job.trace->writable(), cell * shape.threads,
                                           shape.threads, os::pid())) {
    rings.push_back(ring);
  }
}

bool is_span(const TraceEvent& event) {
  return static_cast<std::size_t>(event.kind) < kTraceKinds && event.begin_ns <= event.end_ns;
}

TraceSpan span_of(const TraceEvent& event, const cell::Worker& worker) {
  TraceSpan span;
  span.kind = event.kind;
  span.stage = static_cast<std::int64_t>(worker.stage());
  span.replica = static_cast<std::int64_t>(worker.replica());
  span.thread = static_cast<std::int64_t>(worker.thread());
  span.pid = event.pid;
  span.step = event.step;
  if (event.microbatch != kNoMicrobatch) span.microbatch = event.microbatch;
  span.begin_ns = event.begin_ns;
  span.end_ns = event.end_ns;
  return span;
}

}  // namespace

std::vector<TraceRing> rings_of_cell(const EngineJob& job, std::size_t cell) {
  std::vector<TraceRing> rings;
  add_rings(job, cell, rings);
  return rings;
}

std::vector<TraceRing> rings_of_all(const EngineJob& job) {
  const cell::GridShape& own = job.grid.shape;
  std::vector<TraceRing> rings;
  for (std::size_t cell = 0; cell < own.cells(); ++cell) {
    const std::size_t stage = cell / own.replicas;
    const bool alone = job.recorded.replicas > 0;
    add_rings(job, alone ? stage * job.recorded.replicas + job.recorded.replica : cell, rings);
  }
  return rings;
}

Status TraceBook::open(const cell::GridShape& shape) {
  collect();
  FORKNET_ASSIGN(memory_, os::Mapping::shared("forknet trace", cell::trace_bytes(shape)));
  shape_ = shape;
  return {};
}

void TraceBook::collect() {
  if (memory_.bytes().empty()) return;
  const auto rings = cell::trace_rings(shape_, memory_.writable(), 0, shape_.workers(), 0);
  for (std::size_t worker = 0; worker < rings.size(); ++worker) {
    const TraceRing::Content content = rings[worker].read();
    trace_.lost += content.lost;
    for (const TraceEvent& event : content.events) {
      if (is_span(event)) trace_.spans.push_back(span_of(event, {worker, shape_}));
    }
  }
  memory_ = {};
  const std::size_t count = trace_.spans.size();
  if (count <= kMostSpans) return;
  const auto first = trace_.spans.begin();
  trace_.spans.erase(first, first + static_cast<std::ptrdiff_t>(count - kMostSpans));
  trace_.lost += count - kMostSpans;
}

RunTrace TraceBook::take() {
  collect();
  // A nested span comes after the span that contains it.
  std::sort(trace_.spans.begin(), trace_.spans.end(), [](const TraceSpan& a, const TraceSpan& b) {
    return std::tie(a.begin_ns, b.end_ns, a.stage, a.replica, a.thread) <
           std::tie(b.begin_ns, a.end_ns, b.stage, b.replica, b.thread);
  });
  return std::exchange(trace_, {});
}

}  // namespace forknet::run
