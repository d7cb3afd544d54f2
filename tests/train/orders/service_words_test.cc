#include "train/orders/service_words.h"

#include <gtest/gtest.h>

namespace forknet::run {
namespace {

Snapshot snapshot_of(std::string_view state) {
  Snapshot snapshot;
  snapshot.state = state;
  snapshot.step = 120;
  snapshot.steps = 2400;
  snapshot.epoch = 7;
  snapshot.samples_per_second = 18000.4;
  snapshot.loss = 0.25;
  return snapshot;
}

TEST(ServiceWords, say_ready_once_and_how_the_run_stands) {
  const std::string status =
      "STATUS=running: step 120 of 2400, epoch 7, loss 0.2500, 18000 samples/s";
  EXPECT_EQ(service_text(snapshot_of("running"), true), "READY=1\n" + status);
  EXPECT_EQ(service_text(snapshot_of("running"), false), status);
  EXPECT_TRUE(service_text(snapshot_of("paused"), false).starts_with("STATUS=paused:"));
}

TEST(ServiceWords, say_when_the_run_comes_to_its_end) {
  for (const char* state : {"stopping", "stopped", "finished", "diverged"}) {
    EXPECT_TRUE(service_text(snapshot_of(state), false).starts_with("STOPPING=1\nSTATUS="));
  }
}

TEST(ServiceWords, a_reload_has_its_time_in_microseconds) {
  EXPECT_EQ(reloading_text(5'678'901'234), "RELOADING=1\nMONOTONIC_USEC=5678901");
}

TEST(WatchdogFeed, is_due_twice_in_the_watchdogs_time_if_the_run_lives) {
  WatchdogFeed feed(1000);
  EXPECT_FALSE(feed.due(10'000, 0)) << "no life yet";
  EXPECT_TRUE(feed.due(10'000, 1));
  EXPECT_FALSE(feed.due(10'400, 2)) << "too early";
  EXPECT_TRUE(feed.due(10'500, 2));
  EXPECT_FALSE(feed.due(99'000, 2)) << "it hangs";
  EXPECT_TRUE(feed.due(99'001, 3)) << "it did not";
  EXPECT_LE(feed.nap_ns(1'000'000), 250);
}

TEST(WatchdogFeed, without_a_watchdog_nothing_is_due) {
  WatchdogFeed feed(std::nullopt);
  EXPECT_FALSE(feed.due(10'000, 1));
  EXPECT_EQ(feed.nap_ns(77), 77);
}

}  // namespace
}  // namespace forknet::run
