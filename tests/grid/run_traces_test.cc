// What is told of a run whose cells are recorded: everything that each of them did, and that it did
// the same as without.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "os/process.h"
#include "small_runs.h"

namespace forknet::run {
namespace {

using Kind = TraceSpan::Kind;

struct Layout {
  Host host;
  std::string_view channel;
  std::int64_t stages, replicas, threads;
};

Config laid_out(const Layout& layout) {
  Config config = small_config();
  config.grid.host = layout.host;
  config.grid.channel = layout.channel;
  config.grid.stages = layout.stages;
  config.grid.replicas = layout.replicas;
  config.grid.threads = layout.threads;
  config.grid.microbatches = 2;
  return config;
}

std::string name_of(const Layout& layout) {
  return std::string(layout.host == Host::process ? "processes " : "threads ") +
         (layout.channel == "pipe" ? "pipe " : "shm ") + std::to_string(layout.stages) + " x " +
         std::to_string(layout.replicas) + " x " + std::to_string(layout.threads);
}

struct Traced {
  RunTrace trace;
  TrainResult result;
};

Traced traced(const Config& config) {
  TrainOptions options;
  int told = 0;
  RunTrace trace;
  options.on_trace = [&](const RunTrace& given) {
    ++told;
    trace = given;
  };
  TrainResult result = trained(config, options);
  EXPECT_EQ(told, 1);
  EXPECT_EQ(trace.lost, 0U);
  return {std::move(trace), std::move(result)};
}

// (stage, replica, thread, step, microbatch) of all spans of a kind, ascending.
using Pass = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::uint64_t, std::uint32_t>;
std::vector<Pass> passes(const RunTrace& trace, Kind kind) {
  std::vector<Pass> found;
  for (const TraceSpan& span : trace.spans) {
    if (span.kind != kind) continue;
    EXPECT_TRUE(span.microbatch.has_value());
    found.emplace_back(span.stage, span.replica, span.thread, span.step,
                       span.microbatch.value_or(0));
  }
  std::sort(found.begin(), found.end());
  return found;
}

// 161 rows in batches of 32: six steps an epoch, the last of one row.
constexpr std::uint64_t kSteps = 18;
std::uint32_t microbatches(std::uint64_t step) { return step % 6 == 5 ? 1 : 2; }

TEST(RunTraces, every_thread_passes_every_microbatch_of_every_step_once_each_way) {
  for (const Layout& layout : std::vector<Layout>{{Host::thread, "shm", 1, 1, 1},
                                                  {Host::thread, "shm", 3, 1, 2},
                                                  {Host::thread, "pipe", 3, 1, 1},
                                                  {Host::process, "shm", 3, 1, 2},
                                                  {Host::process, "pipe", 3, 1, 2}}) {
    SCOPED_TRACE(name_of(layout));
    const auto [trace, result] = traced(laid_out(layout));
    ASSERT_EQ(result.steps, kSteps);
    std::vector<Pass> expected;
    for (std::int64_t stage = 0; stage < layout.stages; ++stage) {
      for (std::int64_t thread = 0; thread < layout.threads; ++thread) {
        for (std::uint64_t step = 0; step < kSteps; ++step) {
          for (std::uint32_t i = 0; i < microbatches(step); ++i) {
            expected.emplace_back(stage, 0, thread, step, i);
          }
        }
      }
    }
    EXPECT_EQ(passes(trace, Kind::forward), expected);
    EXPECT_EQ(passes(trace, Kind::backward), expected);
  }
}

TEST(RunTraces, one_thread_alone_is_recorded_too) {
  Config config = small_config();
  const auto [trace, result] = traced(config);
  EXPECT_EQ(passes(trace, Kind::forward).size(), kSteps);
  EXPECT_EQ(passes(trace, Kind::backward).size(), kSteps);
  for (const TraceSpan& span : trace.spans) EXPECT_EQ(span.pid, os::pid());
}

// What a step of each kind of layout is made of.
TEST(RunTraces, kinds_fit_the_layout) {
  const std::set<Kind> alone = {Kind::forward, Kind::backward,   Kind::update,
                                Kind::commit,  Kind::await_data, Kind::await_step};
  std::set<Kind> staged = alone;
  staged.insert(
      {Kind::send_activations, Kind::send_errors, Kind::await_activations, Kind::await_errors});
  std::set<Kind> shared = alone;
  shared.insert(Kind::await_barrier);
  std::set<Kind> piped = staged;
  piped.insert({Kind::await_weights, Kind::send_weights});
  std::set<Kind> reduced = alone;
  reduced.insert({Kind::gradients, Kind::reduce, Kind::send_gradients, Kind::await_gradients,
                  Kind::await_weights, Kind::send_weights});
  const std::vector<std::pair<Layout, std::set<Kind>>> cases = {
      {{Host::process, "shm", 3, 1, 1}, staged},
      {{Host::process, "shm", 1, 2, 1}, shared},
      {{Host::process, "pipe", 3, 1, 1}, piped},
      {{Host::process, "pipe", 1, 2, 1}, reduced}};
  for (const auto& [layout, expected] : cases) {
    SCOPED_TRACE(name_of(layout));
    const auto [trace, result] = traced(laid_out(layout));
    std::set<Kind> kinds;
    std::set<int> pids;
    for (const TraceSpan& span : trace.spans) {
      kinds.insert(span.kind);
      pids.insert(span.pid);
    }
    EXPECT_EQ(kinds, expected);
    EXPECT_EQ(pids.size(), static_cast<std::size_t>(layout.stages * layout.replicas));
    EXPECT_FALSE(pids.contains(os::pid()));
  }
}

// Else no viewer could draw them.
TEST(RunTraces, spans_of_a_thread_lie_apart_or_within_one_another) {
  for (const std::string_view channel : {"shm", "pipe"}) {
    const auto [trace, result] = traced(laid_out({Host::process, channel, 2, 2, 2}));
    std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t>, std::vector<std::int64_t>> open;
    std::int64_t last = 0;
    for (const TraceSpan& span : trace.spans) {
      EXPECT_GE(span.begin_ns, last);
      last = span.begin_ns;
      auto& ends = open[{span.stage, span.replica, span.thread}];
      while (!ends.empty() && ends.back() <= span.begin_ns) ends.pop_back();
      if (!ends.empty()) {
        EXPECT_LE(span.end_ns, ends.back());
      }
      ends.push_back(span.end_ns);
    }
    EXPECT_EQ(open.size(), 8U);
  }
}

TEST(RunTraces, the_weights_are_those_of_a_run_without) {
  for (const Layout& layout : std::vector<Layout>{{Host::thread, "shm", 2, 2, 2},
                                                  {Host::thread, "pipe", 2, 2, 1},
                                                  {Host::process, "shm", 3, 2, 1},
                                                  {Host::process, "pipe", 3, 2, 2}}) {
    const Config config = laid_out(layout);
    EXPECT_EQ(traced(config).result.weights_digest, trained(config).weights_digest)
        << name_of(layout);
  }
}

TEST(RunTraces, of_a_thread_a_neuron_the_first_thread_of_the_cell_is_recorded) {
  Layout layout = {Host::process, "pipe", 2, 1, GridConfig::kNeurons};
  const auto [trace, result] = traced(laid_out(layout));
  for (const TraceSpan& span : trace.spans) EXPECT_EQ(span.thread, 0);
  EXPECT_EQ(passes(trace, Kind::forward).size(), passes(trace, Kind::backward).size());
}

TEST(RunTraces, of_a_run_that_diverged_are_told_as_well) {
  Config config = laid_out({Host::process, "shm", 2, 1, 1});
  config.model.layers = {dense(20, "relu"), dense(kClasses)};
  config.optimizer.type = "sgd";
  config.optimizer.lr = 1e30;
  config.optimizer.schedule = "constant";
  config.optimizer.warmup_steps = 0;
  const auto [trace, result] = traced(config);
  EXPECT_EQ(result.state, TrainResult::State::diverged);
  EXPECT_FALSE(trace.spans.empty());
}

}  // namespace
}  // namespace forknet::run
