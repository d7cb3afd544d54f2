#include "os/stop_signals.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

namespace forknet::os {
namespace {

TEST(StopSignals, the_first_one_is_a_wish) {
  for (const int signal : {SIGTERM, SIGINT}) {
    const StopSignals signals;
    EXPECT_EQ(signals.requested(), 0);
    ::raise(signal);
    EXPECT_EQ(signals.requested(), signal);
  }
}

// The second one once it counts as one of its own.
void stop_twice(int first, int second) {
  const StopSignals signals;
  ::raise(first);
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(60);
  while (std::chrono::steady_clock::now() < until) {
  }
  ::raise(second);
  std::_Exit(0);
}

TEST(StopSignals, one_wish_may_be_sent_twice_at_once) {
  const StopSignals signals;
  ::raise(SIGTERM);
  ::raise(SIGTERM);  // as `timeout` does, to the process and to its group
  EXPECT_EQ(signals.requested(), SIGTERM);
}

TEST(StopSignals, a_hang_up_is_a_wish_and_never_a_second_one) {
  const StopSignals signals;
  StopSignals::ask();
  EXPECT_EQ(signals.requested(), SIGTERM);
  StopSignals::ask();
  EXPECT_EQ(signals.requested(), SIGTERM);
}

TEST(StopSignalsDeathTest, the_second_one_ends_the_process_by_itself) {
  EXPECT_EXIT(stop_twice(SIGINT, SIGINT), ::testing::KilledBySignal(SIGINT), "");
  EXPECT_EXIT(stop_twice(SIGTERM, SIGTERM), ::testing::KilledBySignal(SIGTERM), "");
  EXPECT_EXIT(stop_twice(SIGTERM, SIGINT), ::testing::KilledBySignal(SIGINT), "");
}

TEST(StopSignalsDeathTest, quit_ends_the_process_at_once) {
  EXPECT_EXIT(stop_twice(SIGQUIT, 0), ::testing::KilledBySignal(SIGQUIT), "");
}

void stop_early(int signal, std::optional<int> code) {
  StopSignals signals;
  signals.end_at_once(code);
  ::raise(signal);
  std::_Exit(0);
}

TEST(StopSignalsDeathTest, while_nothing_is_there_to_save_the_first_one_ends_the_process) {
  EXPECT_EXIT(stop_early(SIGTERM, {}), ::testing::KilledBySignal(SIGTERM), "");
  EXPECT_EXIT(stop_early(SIGINT, {}), ::testing::KilledBySignal(SIGINT), "");
  EXPECT_EXIT(stop_early(SIGTERM, 75), ::testing::ExitedWithCode(75), "");
}

TEST(StopSignals, a_limit_of_cpu_time_and_a_timer_are_wishes_however_often_they_come) {
  for (const int signal : {SIGXCPU, SIGALRM, SIGVTALRM, SIGPROF}) {
    const StopSignals signals;
    ::raise(signal);
    ::raise(signal);
    EXPECT_EQ(signals.requested(), signal);
  }
}

void profile(int) {}

TEST(StopSignals, a_profilers_handler_stays) {
  const auto former = ::signal(SIGPROF, profile);
  {
    const StopSignals signals;
    ::raise(SIGPROF);
    EXPECT_EQ(signals.requested(), 0);
  }
  EXPECT_EQ(::signal(SIGPROF, former), profile);
}

TEST(StopSignals, the_first_one_is_a_wish_again_afterwards) {
  StopSignals signals;
  signals.end_at_once();
  signals.wish();
  ::raise(SIGTERM);
  EXPECT_EQ(signals.requested(), SIGTERM);
}

void ignore_then_stop() {
  ::signal(SIGINT, SIG_IGN);
  const StopSignals signals;
  ::raise(SIGINT);
  ::raise(SIGINT);
  std::_Exit(signals.requested() == 0 ? 0 : 1);
}

TEST(StopSignalsDeathTest, what_was_ignored_at_the_start_stays_ignored) {
  EXPECT_EXIT(ignore_then_stop(), ::testing::ExitedWithCode(0), "");
}

void write_to_a_closed_pipe() {
  const StopSignals signals;
  int ends[2];
  if (::pipe(ends) != 0) std::_Exit(2);
  ::close(ends[0]);
  std::_Exit(::write(ends[1], "x", 1) == -1 && errno == EPIPE ? 0 : 1);
}

TEST(StopSignalsDeathTest, a_closed_pipe_is_an_error_and_no_death) {
  EXPECT_EXIT(write_to_a_closed_pipe(), ::testing::ExitedWithCode(0), "");
}

void stop_afterwards() {
  { const StopSignals signals; }
  ::raise(SIGTERM);
  std::_Exit(0);
}

TEST(StopSignalsDeathTest, the_former_handlers_come_back) {
  EXPECT_EXIT(stop_afterwards(), ::testing::KilledBySignal(SIGTERM), "");
}

TEST(StopSignals, have_names) {
  EXPECT_STREQ(signal_name(SIGTERM), "SIGTERM");
  EXPECT_STREQ(signal_name(SIGINT), "SIGINT");
  EXPECT_STREQ(signal_name(SIGXCPU), "SIGXCPU");
  EXPECT_STREQ(signal_name(SIGRTMIN + 2), "SIGRTMIN+2");
  for (const int none : {0, -1, 1000}) EXPECT_STREQ(signal_name(none), "a signal");
}

}  // namespace
}  // namespace forknet::os
