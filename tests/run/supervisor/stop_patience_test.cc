// How long a run that is to stop waits for its cells.
#include "run/supervisor/stop_patience.h"

#include <gtest/gtest.h>

namespace forknet::run {
namespace {

constexpr std::int64_t kTwelveSeconds = 12'000'000'000;

TEST(StopPatience, does_not_end_as_long_as_nobody_asks_for_a_stop) {
  std::atomic<int> stop{0};
  StopPatience patience(&stop);
  for (std::int64_t now = 1; now < 100 * kTwelveSeconds; now += kTwelveSeconds) {
    EXPECT_TRUE(patience.look(now, 3).ok());
  }
  EXPECT_TRUE(StopPatience(nullptr).look(100 * kTwelveSeconds, 3).ok());
}

TEST(StopPatience, ends_twelve_seconds_after_it_first_saw_that_somebody_does) {
  std::atomic<int> stop{15};
  StopPatience patience(&stop);
  EXPECT_TRUE(patience.look(100, 3).ok());
  EXPECT_TRUE(patience.look(99 + kTwelveSeconds, 3).ok());
  const Status ended = patience.look(100 + kTwelveSeconds, 7);
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().kind, ErrorKind::stopped);
  EXPECT_NE(ended.error().message.find("stopped without a checkpoint at step 7"), std::string::npos)
      << ended.error().message;
}

}  // namespace
}  // namespace forknet::run
