#include "base/clock.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace forknet {
namespace {

TEST(Clock, never_goes_back) {
  const std::int64_t first = monotonic_ns();
  EXPECT_GE(monotonic_ns(), first);
  EXPECT_EQ(seconds_between(1'000'000'000, 2'500'000'000), 1.5);
}

TEST(Clock, writes_the_wall_time_for_people_and_names) {
  ::setenv("TZ", "TST-02:30", 1);  // two and a half hours ahead of UTC
  ::tzset();
  const auto time = std::chrono::system_clock::from_time_t(1'769'860'800);
  EXPECT_EQ(iso8601_utc(time), "2026-01-31T12:00:00Z");
  EXPECT_EQ(iso8601_local(time), "2026-01-31T14:30:00+02:30");
  EXPECT_EQ(run_timestamp(time), "20260131-143000");
  ::unsetenv("TZ");
  ::tzset();
}

}  // namespace
}  // namespace forknet
