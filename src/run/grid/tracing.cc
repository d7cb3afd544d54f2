#include "run/grid/tracing.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "cell/trace_rings.h"
#include "os/process.h"

namespace forknet::run {
namespace {

// Of all layouts of a run together.
constexpr std::size_t kMostSpans = std::size_t{1} << 20;

std::vector<TraceRing> rings(const EngineJob& job, std::size_t first, std::size_t count) {
  if (job.trace == nullptr) return {};
  return cell::trace_rings(job.grid.shape, job.trace->writable(), first, count, os::pid());
}

bool is_span(const TraceEvent& event) {
  return static_cast<std::size_t>(event.kind) < kTraceKinds && event.begin_ns <= event.end_ns;
}

TraceSpan span_of(const TraceEvent& event, const cell::Member& member) {
  TraceSpan span;
  span.kind = event.kind;
  span.stage = static_cast<std::int64_t>(member.stage());
  span.replica = static_cast<std::int64_t>(member.replica());
  span.thread = static_cast<std::int64_t>(member.thread());
  span.pid = event.pid;
  span.step = event.step;
  if (event.microbatch != kNoMicrobatch) span.microbatch = event.microbatch;
  span.begin_ns = event.begin_ns;
  span.end_ns = event.end_ns;
  return span;
}

}  // namespace

std::vector<TraceRing> rings_of_cell(const EngineJob& job, std::size_t cell) {
  const std::size_t threads = job.grid.shape.threads;
  return rings(job, cell * threads, threads);
}

std::vector<TraceRing> rings_of_all(const EngineJob& job) {
  return rings(job, 0, job.grid.shape.members());
}

Status TraceBook::open(const cell::GridShape& shape) {
  collect();
  FORKNET_ASSIGN(memory_, os::Mapping::shared("forknet trace", cell::trace_bytes(shape)));
  shape_ = shape;
  return {};
}

void TraceBook::collect() {
  if (memory_.bytes().empty()) return;
  const auto rings = cell::trace_rings(shape_, memory_.writable(), 0, shape_.members(), 0);
  for (std::size_t member = 0; member < rings.size(); ++member) {
    const TraceRing::Content content = rings[member].read();
    trace_.lost += content.lost;
    for (const TraceEvent& event : content.events) {
      if (is_span(event)) trace_.spans.push_back(span_of(event, {member, shape_}));
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
  // What lies within another span comes behind it.
  std::sort(trace_.spans.begin(), trace_.spans.end(), [](const TraceSpan& a, const TraceSpan& b) {
    return std::tie(a.begin_ns, b.end_ns, a.stage, a.replica, a.thread) <
           std::tie(b.begin_ns, a.end_ns, b.stage, b.replica, b.thread);
  });
  return std::exchange(trace_, {});
}

}  // namespace forknet::run
