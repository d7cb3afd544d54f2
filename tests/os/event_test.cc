#include "os/event.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "base/clock.h"
#include "os/pipe.h"
#include "patience.h"

namespace forknet::os {
namespace {

bool told(const Fd& event) { return wait_for_pipes(&event, nullptr, {}, 0); }

// Which of them it was that ended the wait is for the caller to see.
void wait(const Fd& one, const Fd& two, std::int64_t timeout_ns) {
  Watch both;
  both.add(one);
  both.add(two);
  both.wait(timeout_ns);
}

TEST(Event, is_told_until_it_is_cleared) {
  const Fd event = make_event().value();
  EXPECT_FALSE(told(event));
  tell(event);
  EXPECT_TRUE(told(event));
  EXPECT_TRUE(told(event));
  clear(event);
  EXPECT_FALSE(told(event));
}

TEST(Event, told_often_is_cleared_at_once) {
  const Fd event = make_event().value();
  for (int i = 0; i < 1000; ++i) tell(event);
  clear(event);
  EXPECT_FALSE(told(event));
}

TEST(Event, clearing_what_was_not_told_does_not_wait) {
  const Fd event = make_event().value();
  clear(event);
  EXPECT_FALSE(told(event));
}

TEST(Event, closes_on_exec_and_never_blocks) {
  const Fd event = make_event().value();
  EXPECT_NE(::fcntl(event.get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_NE(::fcntl(event.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST(Watch, ends_at_once_when_one_has_been_told) {
  const Fd one = make_event().value();
  const Fd two = make_event().value();
  for (const Fd* event : {&one, &two}) {
    tell(*event);
    const std::int64_t begun = monotonic_ns();
    wait(one, two, kTimeout);
    EXPECT_LT(monotonic_ns() - begun, kTimeout);
    clear(*event);
  }
}

TEST(Watch, says_which_can_be_read_and_forgets_it_in_the_next_wait) {
  const Fd one = make_event().value();
  const Fd two = make_event().value();
  Watch both;
  both.add(one);
  both.add(two);
  tell(two);
  both.wait(kTimeout);
  EXPECT_FALSE(both.readable(0));
  EXPECT_TRUE(both.readable(1));
  clear(two);
  both.wait(0);
  EXPECT_FALSE(both.readable(0));
  EXPECT_FALSE(both.readable(1));
}

TEST(Watch, ends_with_its_time) {
  constexpr std::int64_t kTime = 20'000'000;
  const Fd one = make_event().value();
  const Fd two = make_event().value();
  const std::int64_t begun = monotonic_ns();
  wait(one, two, kTime);
  EXPECT_GE(monotonic_ns() - begun, kTime);
  EXPECT_FALSE(told(one));
}

TEST(Watch, wakes_when_another_thread_tells) {
  const Fd one = make_event().value();
  const Fd two = make_event().value();
  std::thread teller([&] { tell(two); });
  while (!told(two)) wait(one, two, kTimeout);
  teller.join();
  EXPECT_FALSE(told(one));
}

TEST(Watch, wakes_when_another_process_tells) {
  const Fd one = make_event().value();
  const Fd two = make_event().value();
  const pid_t child = ::fork();
  if (child == 0) {
    tell(one);
    ::_exit(0);
  }
  while (!told(one)) wait(one, two, kTimeout);
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
}

}  // namespace
}  // namespace forknet::os
