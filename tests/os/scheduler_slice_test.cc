#include "os/scheduler_slice.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <thread>

namespace forknet::os {
namespace {

constexpr std::uint64_t kShortest = 100'000;

// Kernels before 6.12 tell no turn, and grant none.
bool kernel_can() { return turn_ns() > 0; }

TEST(SchedulerSlice, last_as_long_as_the_scope_and_only_where_wanted) {
  const std::uint64_t usual = turn_ns();
  {
    const SchedulerSlice unwanted(false);
    EXPECT_EQ(turn_ns(), usual);
    const SchedulerSlice turns(true);
    EXPECT_EQ(turn_ns(), kernel_can() ? std::min(usual, kShortest) : 0);
    const SchedulerSlice again(true);
    EXPECT_EQ(turn_ns(), kernel_can() ? std::min(usual, kShortest) : 0);
  }
  EXPECT_EQ(turn_ns(), usual);
}

TEST(SchedulerSlice, leave_policy_and_niceness_alone) {
  std::thread([] {
    // Of a thread of its own: the way back from a lower niceness is closed.
    ASSERT_EQ(::setpriority(PRIO_PROCESS, 0, 7), 0);
    const SchedulerSlice turns(true);
    EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), 7);
    EXPECT_EQ(::sched_getscheduler(0), SCHED_OTHER);
  }).join();
}

TEST(SchedulerSlice, do_nothing_to_a_thread_of_another_policy) {
  std::thread([] {
    const sched_param none = {};
    ASSERT_EQ(::sched_setscheduler(0, SCHED_BATCH, &none), 0);
    const SchedulerSlice turns(true);
    EXPECT_EQ(turn_ns(), 0U);
    EXPECT_EQ(::sched_getscheduler(0), SCHED_BATCH);
  }).join();
}

}  // namespace
}  // namespace forknet::os
