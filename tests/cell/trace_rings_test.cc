#include "cell/trace_rings.h"

#include <gtest/gtest.h>

#include "os/mapping.h"

namespace forknet::cell {
namespace {

TEST(TraceRings, each_member_has_one_of_its_own) {
  const GridShape shape = {2, 2, 3};
  auto memory = os::Mapping::anonymous(trace_bytes(shape)).value();
  for (std::size_t cell = 0; cell < shape.cells(); ++cell) {
    auto rings = trace_rings(shape, memory.writable(), cell * shape.threads, shape.threads, 9);
    ASSERT_EQ(rings.size(), shape.threads);
    for (std::size_t thread = 0; thread < shape.threads; ++thread) {
      // Enough to detect a ring that writes past its memory.
      for (std::size_t i = 0; i <= trace_events(shape); ++i) {
        rings[thread].at(cell, static_cast<std::uint32_t>(thread));
        rings[thread].record(TraceSpan::Kind::update, 1, 2);
      }
    }
  }
  const auto all = trace_rings(shape, memory.writable(), 0, shape.workers(), 0);
  for (std::size_t worker = 0; worker < shape.workers(); ++worker) {
    const auto content = all[worker].read();
    EXPECT_EQ(content.lost, 1U);
    EXPECT_EQ(content.events.size(), trace_events(shape));
    for (const TraceEvent& event : content.events) {
      EXPECT_EQ(event.step * shape.threads + event.microbatch, worker);
    }
  }
}

TEST(TraceRings, very_many_members_have_smaller_ones) {
  EXPECT_EQ(trace_events({1, 1, 1}), 16384U);
  EXPECT_EQ(trace_events({4, 2, 4}), 8192U);
  EXPECT_EQ(trace_events({4096, 64, 1}), 64U);
  EXPECT_LE(trace_bytes({16, 16, 16}), std::size_t{9} << 20);
}

}  // namespace
}  // namespace forknet::cell
