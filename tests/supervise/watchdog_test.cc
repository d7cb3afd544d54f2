// When cells without progress are ended.
#include "supervise/watchdog.h"

#include <gtest/gtest.h>

namespace forknet::run {
namespace {

constexpr std::int64_t kOneMs = 1'000'000;
constexpr std::int64_t kOneSecond = 1'000'000'000;

// Calls look() every 20 ms from `from` to `to`.
void keep_looking(Watchdog& watchdog, std::int64_t from, std::int64_t to) {
  for (std::int64_t now = from; now <= to; now += 20 * kOneMs) watchdog.look(now);
}

TEST(Watchdog, a_budget_that_was_given_counts_from_the_last_step) {
  Watchdog watchdog({3 * kOneSecond, kOneSecond});
  watchdog.rest(0);
  EXPECT_FALSE(watchdog.hangs(3 * kOneSecond - 1));
  EXPECT_TRUE(watchdog.hangs(3 * kOneSecond));
  EXPECT_TRUE(watchdog.stopped_too_long(kOneSecond));
  watchdog.step_done(3 * kOneSecond, kOneMs);
  EXPECT_FALSE(watchdog.hangs(6 * kOneSecond - 1));
  EXPECT_FALSE(watchdog.stopped_too_long(4 * kOneSecond - 1));
}

TEST(Watchdog, without_one_it_is_fifty_median_steps_and_ten_seconds_at_least) {
  Watchdog watchdog({0, kOneSecond});
  EXPECT_EQ(watchdog.step_budget(), 10 * kOneSecond);
  for (int i = 0; i < 9; ++i) watchdog.step_done(0, 10 * kOneMs);
  EXPECT_EQ(watchdog.step_budget(), 10 * kOneSecond);
  for (int i = 0; i < 200; ++i) watchdog.step_done(0, i % 8 == 0 ? 100 * kOneSecond : kOneSecond);
  EXPECT_EQ(watchdog.step_budget(), 50 * kOneSecond);
}

TEST(Watchdog, at_a_stop_a_step_has_four_median_ones_two_seconds_at_least_and_its_budget_at_most) {
  Watchdog watchdog({0, kOneSecond});
  EXPECT_EQ(watchdog.stop_budget(), 2 * kOneSecond);
  for (int i = 0; i < 64; ++i) watchdog.step_done(0, kOneSecond);
  EXPECT_EQ(watchdog.stop_budget(), 4 * kOneSecond);
  EXPECT_FALSE(watchdog.hangs_at_stop(4 * kOneSecond - 1));
  EXPECT_TRUE(watchdog.hangs_at_stop(4 * kOneSecond));
  EXPECT_EQ(Watchdog({kOneMs, kOneSecond}).stop_budget(), kOneMs);
}

TEST(Watchdog, a_process_that_was_just_started_has_ten_seconds_whatever_a_step_has) {
  const Watchdog hurried({kOneMs, kOneSecond});
  EXPECT_TRUE(hurried.hangs(kOneMs));
  EXPECT_FALSE(hurried.hangs_at_start(10 * kOneSecond - 1));
  EXPECT_TRUE(hurried.hangs_at_start(10 * kOneSecond));
  const Watchdog patient({30 * kOneSecond, kOneSecond});
  EXPECT_EQ(patient.start_budget(), 30 * kOneSecond);
}

TEST(Watchdog, nothing_is_worth_a_look_within_a_fifth_of_a_second) {
  Watchdog watchdog({0, 0});
  watchdog.rest(kOneSecond);
  EXPECT_FALSE(watchdog.worth_a_look(kOneSecond + 199 * kOneMs));
  EXPECT_TRUE(watchdog.worth_a_look(kOneSecond + 200 * kOneMs));
}

TEST(Watchdog, nobody_hangs_while_some_cell_is_held) {
  Watchdog watchdog({3 * kOneSecond, 60 * kOneSecond});
  watchdog.rest(0);
  watchdog.held(50 * kOneSecond);
  EXPECT_FALSE(watchdog.hangs(53 * kOneSecond - 1));
  EXPECT_TRUE(watchdog.hangs(53 * kOneSecond));
  EXPECT_TRUE(watchdog.stopped_too_long(60 * kOneSecond)) << "that is measured from the last step";
}

TEST(Watchdog, time_in_which_nobody_looked_does_not_count) {
  Watchdog watchdog({3 * kOneSecond, kOneSecond});
  watchdog.rest(0);
  keep_looking(watchdog, 0, kOneSecond);
  watchdog.look(100 * kOneSecond);
  EXPECT_FALSE(watchdog.hangs(100 * kOneSecond));
  keep_looking(watchdog, 100 * kOneSecond, 102 * kOneSecond - 40 * kOneMs);
  EXPECT_FALSE(watchdog.hangs(102 * kOneSecond - 40 * kOneMs));
  EXPECT_TRUE(watchdog.hangs(102 * kOneSecond));
}

}  // namespace
}  // namespace forknet::run
