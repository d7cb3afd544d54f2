#include "report/trace_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

namespace forknet::report {
namespace {

// By TraceSpan::Kind. Viewers can filter by the category.
struct KindText {
  std::string_view name, category;
};
constexpr std::array<KindText, kTraceKinds> kKinds = {{{"forward", "compute"},
                                                       {"backward", "compute"},
                                                       {"weight gradients", "compute"},
                                                       {"update", "compute"},
                                                       {"reduce", "reduce"},
                                                       {"commit", "commit"},
                                                       {"send activations", "send"},
                                                       {"send errors", "send"},
                                                       {"send gradients", "send"},
                                                       {"send weights", "send"},
                                                       {"wait for activations", "wait"},
                                                       {"wait for errors", "wait"},
                                                       {"wait for gradients", "wait"},
                                                       {"wait for weights", "wait"},
                                                       {"wait for data", "wait"},
                                                       {"wait at a barrier", "wait"},
                                                       {"wait for the step", "wait"}}};

// (stage, replica): the order of cells in a viewer.
using Place = std::pair<std::int64_t, std::int64_t>;

struct CellRows {
  std::size_t number = 0;  // of the process in the trace
  std::vector<int> pids;   // of its processes in turn
  std::vector<std::int64_t> threads;
};

template <class Value>
void add_once(std::vector<Value>& values, Value value) {
  if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
}

std::map<Place, CellRows> rows_of(const RunTrace& trace) {
  std::map<Place, CellRows> cells;
  for (const TraceSpan& span : trace.spans) {
    CellRows& cell = cells[{span.stage, span.replica}];
    add_once(cell.pids, span.pid);
    add_once(cell.threads, span.thread);
  }
  std::size_t number = 0;
  for (auto& [place, cell] : cells) cell.number = ++number;
  return cells;
}

using Text = fmt::memory_buffer;

// Numbers and fixed words, which need no escape.
void put_meta(Text& out, std::string_view what, std::size_t process, std::int64_t thread,
              const std::string& argument) {
  fmt::format_to(std::back_inserter(out),
                 R"({{"name":"{}","ph":"M","pid":{},"tid":{},"args":{{{}}}}},)"
                 "\n",
                 what, process, thread, argument);
}

void put_rows(Text& out, const Place& place, const CellRows& cell) {
  put_meta(out, "process_name", cell.number, 0,
           fmt::format(R"("name":"stage {}, replica {}")", place.first, place.second));
  put_meta(out, "process_labels", cell.number, 0,
           fmt::format(R"("labels":"pid {}")", fmt::join(cell.pids, ", ")));
  put_meta(out, "process_sort_index", cell.number, 0,
           fmt::format(R"("sort_index":{})", cell.number));
  for (const std::int64_t thread : cell.threads) {
    put_meta(out, "thread_name", cell.number, thread, fmt::format(R"("name":"thread {}")", thread));
  }
}

// Microseconds with three decimals: exact.
std::string microseconds(std::int64_t ns) { return fmt::format("{}.{:03}", ns / 1000, ns % 1000); }

void put_span(Text& out, const TraceSpan& span, std::size_t process, std::int64_t origin_ns) {
  const auto& [name, category] = kKinds[static_cast<std::size_t>(span.kind)];
  const std::string number = span.microbatch ? fmt::format(" {}", *span.microbatch) : "";
  const std::string microbatch =
      span.microbatch ? fmt::format(R"(,"microbatch":{})", *span.microbatch) : "";
  fmt::format_to(std::back_inserter(out),
                 R"({{"name":"{}{}","cat":"{}","ph":"X","ts":{},"dur":{},"pid":{},"tid":{},)"
                 R"("args":{{"step":{}{},"pid":{}}}}},)"
                 "\n",
                 name, number, category, microseconds(span.begin_ns - origin_ns),
                 microseconds(span.end_ns - span.begin_ns), process, span.thread, span.step,
                 microbatch, span.pid);
}

}  // namespace

std::string_view trace_name(TraceSpan::Kind kind) {
  return kKinds[static_cast<std::size_t>(kind)].name;
}

std::string trace_json(const std::string& run, const RunTrace& trace) {
  const auto cells = rows_of(trace);
  std::int64_t origin_ns = trace.spans.empty() ? 0 : trace.spans.front().begin_ns;
  for (const TraceSpan& span : trace.spans) origin_ns = std::min(origin_ns, span.begin_ns);
  Text out;
  fmt::format_to(std::back_inserter(out),
                 R"({{"displayTimeUnit":"ns","otherData":{{"run":{},"clock":"CLOCK_MONOTONIC",)"
                 R"("origin_ns":{},"lost":{}}},"traceEvents":[)"
                 "\n",
                 nlohmann::json(run).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                 origin_ns, trace.lost);
  for (const auto& [place, cell] : cells) put_rows(out, place, cell);
  for (const TraceSpan& span : trace.spans) {
    put_span(out, span, cells.at({span.stage, span.replica}).number, origin_ns);
  }
  std::string text(out.data(), out.size());
  if (!cells.empty()) text.resize(text.size() - 2);  // the last comma and line end
  return text + "\n]}\n";
}

}  // namespace forknet::report
