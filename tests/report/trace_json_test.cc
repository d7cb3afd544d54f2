#include "report/trace_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

namespace forknet::report {
namespace {

using Kind = TraceSpan::Kind;

TEST(TraceJson, has_a_process_a_cell_a_row_a_thread_and_an_event_a_span) {
  RunTrace trace;
  trace.spans = {{.kind = Kind::forward,
                  .pid = 40,
                  .step = 7,
                  .microbatch = 2,
                  .begin_ns = 5000,
                  .end_ns = 6001},
                 {.kind = Kind::await_errors,
                  .stage = 1,
                  .replica = 2,
                  .thread = 3,
                  .pid = 41,
                  .step = 7,
                  .begin_ns = 5250,
                  .end_ns = 1'005'250}};
  trace.lost = 9;
  EXPECT_EQ(
      trace_json("a-\"b\"", trace),
      R"({"displayTimeUnit":"ns","otherData":{"run":"a-\"b\"","clock":"CLOCK_MONOTONIC","origin_ns":5000,"lost":9},"traceEvents":[
{"name":"process_name","ph":"M","pid":1,"tid":0,"args":{"name":"stage 0, replica 0"}},
{"name":"process_labels","ph":"M","pid":1,"tid":0,"args":{"labels":"pid 40"}},
{"name":"process_sort_index","ph":"M","pid":1,"tid":0,"args":{"sort_index":1}},
{"name":"thread_name","ph":"M","pid":1,"tid":0,"args":{"name":"thread 0"}},
{"name":"process_name","ph":"M","pid":2,"tid":0,"args":{"name":"stage 1, replica 2"}},
{"name":"process_labels","ph":"M","pid":2,"tid":0,"args":{"labels":"pid 41"}},
{"name":"process_sort_index","ph":"M","pid":2,"tid":0,"args":{"sort_index":2}},
{"name":"thread_name","ph":"M","pid":2,"tid":3,"args":{"name":"thread 3"}},
{"name":"forward 2","cat":"compute","ph":"X","ts":0.000,"dur":1.001,"pid":1,"tid":0,"args":{"step":7,"microbatch":2,"pid":40}},
{"name":"wait for errors","cat":"wait","ph":"X","ts":0.250,"dur":1000.000,"pid":2,"tid":3,"args":{"step":7,"pid":41}}
]}
)");
}

TEST(TraceJson, of_nothing_is_json_too) {
  const auto object = nlohmann::json::parse(trace_json("x\xff", {}));
  EXPECT_TRUE(object.at("traceEvents").empty());
  EXPECT_EQ(object.at("otherData").at("lost"), 0);
}

TEST(TraceJson, a_cell_that_was_replaced_shows_all_its_processes) {
  RunTrace trace;
  trace.spans = {{.pid = 40, .begin_ns = 1, .end_ns = 2}, {.pid = 43, .begin_ns = 3, .end_ns = 4}};
  const auto object = nlohmann::json::parse(trace_json("x", trace));
  EXPECT_EQ(object.at("traceEvents").at(1).at("args").at("labels"), "pid 40, 43");
}

TEST(TraceJson, every_kind_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (std::size_t kind = 0; kind < kTraceKinds; ++kind) {
    names.insert(trace_name(static_cast<Kind>(kind)));
  }
  EXPECT_EQ(names.size(), kTraceKinds);
  EXPECT_FALSE(names.contains(""));
}

}  // namespace
}  // namespace forknet::report
