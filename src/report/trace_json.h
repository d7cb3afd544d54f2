// The timeline of the cells of a run in the Chrome trace-event format
// (https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU), which Perfetto
// and chrome://tracing show: one process per cell, in it one row per thread. Pure.
#pragma once

#include <forknet/trace.h>

#include <string>
#include <string_view>

namespace forknet::report {

// The format: docs/formats.md. `run`: the name of the run.
[[nodiscard]] std::string trace_json(const std::string& run, const RunTrace& trace);

// "wait for activations"
[[nodiscard]] std::string_view trace_name(TraceSpan::Kind kind);

}  // namespace forknet::report
