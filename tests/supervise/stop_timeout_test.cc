// How long a stopping run waits for its cells.
#include "supervise/stop_timeout.h"

#include <gtest/gtest.h>

namespace forknet::run {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(StopTimeout, does_not_end_as_long_as_no_stop_is_asked_for) {
  std::atomic<int> stop{0};
  StopTimeout patience(&stop);
  for (std::int64_t now = 1; now < 100 * kSecond; now += kSecond) {
    EXPECT_TRUE(patience.look(now, 3).ok());
    EXPECT_FALSE(patience.hurries(now));
  }
  EXPECT_TRUE(StopTimeout(nullptr).look(100 * kSecond, 3).ok());
}

TEST(StopTimeout, ends_six_seconds_after_the_stop_was_seen) {
  std::atomic<int> stop{15};
  StopTimeout patience(&stop);
  EXPECT_TRUE(patience.look(100, 3).ok());
  EXPECT_TRUE(patience.look(99 + 6 * kSecond, 3).ok());
  const Status ended = patience.look(100 + 6 * kSecond, 7);
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().kind, ErrorKind::stopped);
  EXPECT_NE(ended.error().message.find("stopped without a checkpoint at step 7"), std::string::npos)
      << ended.error().message;
}

TEST(StopTimeout, hurries_after_a_second) {
  std::atomic<int> stop{15};
  StopTimeout patience(&stop);
  EXPECT_FALSE(patience.hurries(100));
  EXPECT_FALSE(patience.hurries(99 + kSecond));
  EXPECT_TRUE(patience.hurries(100 + kSecond));
}

TEST(StopTimeout, an_order_to_stop_counts_as_a_signal_does) {
  std::atomic<int> stop{0};
  std::atomic<int> order{1};
  StopTimeout patience(&stop, &order);
  EXPECT_TRUE(patience.look(100, 3).ok());
  EXPECT_TRUE(patience.hurries(100 + kSecond));
  EXPECT_FALSE(patience.look(100 + 6 * kSecond, 3).ok());
}

}  // namespace
}  // namespace forknet::run
