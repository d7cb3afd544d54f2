// What the cells of a run did when, in the Chrome trace-event format
// (https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU), which Perfetto
// and chrome://tracing show: a process a cell, in it a row a thread. Pure.
#pragma once

#include <forknet/trace.h>

#include <string>
#include <string_view>

namespace forknet::report {

// docs/formats.md says what is in it. `run`: its name.
[[nodiscard]] std::string trace_json(const std::string& run, const RunTrace& trace);

// "wait for activations"
[[nodiscard]] std::string_view trace_name(TraceSpan::Kind kind);

}  // namespace forknet::report
