#include "base/trace_ring.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstring>
#include <numeric>
#include <thread>
#include <vector>

namespace forknet {
namespace {

using Kind = TraceSpan::Kind;

template <std::size_t kEvents>
struct Memory {
  alignas(64) std::array<std::byte, TraceRing::bytes(kEvents)> bytes = {};
};

std::vector<std::uint64_t> steps_of(const TraceRing::Content& content) {
  std::vector<std::uint64_t> steps;
  for (const TraceEvent& event : content.events) steps.push_back(event.step);
  return steps;
}

TEST(TraceRing, gives_back_what_was_written) {
  Memory<4> memory;
  TraceRing ring(memory.bytes, 77);
  EXPECT_TRUE(ring.read().events.empty());
  ring.at(std::uint64_t{1} << 50, 3);
  ring.record(Kind::await_step, 10, 25);
  ring.at(8);
  ring.record(Kind::forward, 30, 31);
  const auto content = ring.read();
  EXPECT_EQ(content.lost, 0U);
  EXPECT_EQ(content.events,
            (std::vector<TraceEvent>{{Kind::await_step, 77, std::uint64_t{1} << 50, 3, 10, 25},
                                     {Kind::forward, 77, 8, kNoMicrobatch, 30, 31}}));
}

TEST(TraceRing, keeps_the_last_spans_and_counts_those_it_gave_up) {
  Memory<4> memory;
  TraceRing ring(memory.bytes, 1);
  for (std::uint64_t step = 0; step < 13; ++step) {
    ring.at(step);
    ring.record(Kind::update, 0, 1);
    const auto content = ring.read();
    const std::uint64_t first = step < 4 ? 0 : step - 3;
    std::vector<std::uint64_t> expected(step + 1 - first);
    std::iota(expected.begin(), expected.end(), first);
    EXPECT_EQ(steps_of(content), expected);
    EXPECT_EQ(content.lost, first);
  }
}

TEST(TraceRing, a_successor_writes_behind_what_a_dead_writer_left) {
  Memory<4> memory;
  TraceRing(memory.bytes, 5).record(Kind::commit, 1, 2);
  // The writer was killed within a span: the fields are written, the count is not.
  const Memory<4> before = memory;
  TraceRing(memory.bytes, 5).record(Kind::reduce, 3, 4);
  std::memcpy(memory.bytes.data(), before.bytes.data(), 64);
  EXPECT_EQ(TraceRing(memory.bytes, 0).read().events.size(), 1U);
  TraceRing(memory.bytes, 6).record(Kind::backward, 5, 6);
  const auto content = TraceRing(memory.bytes, 0).read();
  ASSERT_EQ(content.events.size(), 2U);
  EXPECT_EQ(content.events[0].pid, 5);
  EXPECT_EQ(content.events[0].kind, Kind::commit);
  EXPECT_EQ(content.events[1].pid, 6);
  EXPECT_EQ(content.events[1].kind, Kind::backward);
}

TEST(TraceRing, spans_read_while_others_are_written_are_whole) {
  Memory<7> memory;
  constexpr std::uint64_t kSpans = 200'000;
  std::thread writer([&] {
    TraceRing ring(memory.bytes, 1);
    for (std::uint64_t step = 1; step <= kSpans; ++step) {
      ring.at(step, static_cast<std::uint32_t>(step));
      const auto time = static_cast<std::int64_t>(step);
      ring.record(Kind::forward, time, time);
    }
  });
  const TraceRing ring(memory.bytes, 0);
  std::uint64_t last = 0;
  while (last < kSpans) {
    const auto content = ring.read();
    std::uint64_t expected = content.lost;
    for (const TraceEvent& event : content.events) {
      ++expected;
      ASSERT_EQ(event.step, expected);
      ASSERT_EQ(event.microbatch, static_cast<std::uint32_t>(expected));
      ASSERT_EQ(event.begin_ns, static_cast<std::int64_t>(expected));
      ASSERT_EQ(event.end_ns, static_cast<std::int64_t>(expected));
      last = event.step;
    }
  }
  writer.join();
}

TEST(TraceScope, is_a_span_that_ends_once) {
  Memory<4> memory;
  TraceRing ring(memory.bytes, 1);
  {
    TraceScope scope(&ring, Kind::forward);
    EXPECT_TRUE(ring.read().events.empty());
    scope.end();
    EXPECT_EQ(ring.read().events.size(), 1U);
  }
  { const TraceScope scope(&ring, Kind::backward); }
  const auto events = ring.read().events;
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].kind, Kind::forward);
  EXPECT_EQ(events[1].kind, Kind::backward);
  EXPECT_LE(events[0].begin_ns, events[0].end_ns);
  EXPECT_LE(events[0].end_ns, events[1].begin_ns);
}

TEST(TraceScope, is_nothing_without_a_ring) {
  TraceScope scope(nullptr, Kind::forward);
  scope.end();
}

}  // namespace
}  // namespace forknet
