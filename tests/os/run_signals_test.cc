// Signals that a run reads as messages. Whatever is sent, is sent in children.
#include "os/run_signals.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <utility>

#include "os/event.h"
#include "os/forked_child.h"
#include "patience.h"

namespace forknet::os {
namespace {

std::array<std::pair<int, RunSignal>, 9> all() {
  return {{{SIGUSR1, RunSignal::checkpoint},
           {SIGUSR2, RunSignal::snapshot},
           {SIGHUP, RunSignal::hang_up},
           {SIGTTIN, RunSignal::more},
           {SIGTTOU, RunSignal::fewer},
           {SIGTSTP, RunSignal::suspend},
           {SIGCONT, RunSignal::go_on},
           {SIGRTMIN, RunSignal::hold},
           {SIGRTMIN + 1, RunSignal::release}}};
}

bool is_blocked(int signal) {
  sigset_t mask;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  return ::sigismember(&mask, signal) == 1;
}

TEST(RunSignals, each_comes_as_what_it_asks_for) {
  EXPECT_EQ(in_child([] {
              const auto signals = RunSignals::open();
              EXPECT_IN_CHILD(signals.ok());
              signals->begin();
              for (const auto& [number, meaning] : all()) {
                EXPECT_IN_CHILD(!signals->next());
                ::kill(::getpid(), number);
                EXPECT_IN_CHILD(signals->next() == meaning);
                EXPECT_IN_CHILD(!signals->next());
              }
              return 0;
            }),
            0);
}

TEST(RunSignals, until_they_begin_a_run_can_be_suspended_as_any_program) {
  ForkedChild child([] {
    const auto signals = RunSignals::open();
    EXPECT_IN_CHILD(!is_blocked(SIGTSTP));
    EXPECT_IN_CHILD(is_blocked(SIGHUP) != has_terminal());
    EXPECT_IN_CHILD(is_blocked(SIGUSR1));
    ::setpgid(0, 0);
    ::raise(SIGSTOP);
    signals->begin();
    EXPECT_IN_CHILD(is_blocked(SIGTSTP));
    EXPECT_IN_CHILD(is_blocked(SIGHUP));
    return 0;
  });
  int status = 0;
  ASSERT_EQ(::waitpid(child.pid(), &status, WUNTRACED), child.pid());
  ASSERT_TRUE(WIFSTOPPED(status));
  ::kill(child.pid(), SIGCONT);
  EXPECT_EQ(child.wait(), 0);
}

TEST(RunSignals, one_that_was_ignored_at_the_start_stays_ignored) {
  for (const auto& [ignored, meaning] : all()) {
    EXPECT_EQ(in_child([number = ignored] {
                ::signal(number, SIG_IGN);
                const auto signals = RunSignals::open();
                EXPECT_IN_CHILD(!is_blocked(number));
                ::kill(::getpid(), number);
                EXPECT_IN_CHILD(!signals->next());
                ::kill(::getpid(), number == SIGUSR1 ? SIGUSR2 : SIGUSR1);
                EXPECT_IN_CHILD(signals->next().has_value());
                return 0;
              }),
              0)
        << ignored;
  }
}

TEST(RunSignals, those_that_nobody_has_read_are_forgotten_and_the_mask_is_as_it_was) {
  EXPECT_EQ(in_child([] {
              {
                const auto signals = RunSignals::open();
                signals->begin();
                for (const auto& [number, meaning] : all()) {
                  EXPECT_IN_CHILD(is_blocked(number));
                  // TSTP and CONT cancel each other; the rest would end or stop the child.
                  if (number != SIGCONT) ::kill(::getpid(), number);
                }
              }
              for (const auto& [number, meaning] : all()) EXPECT_IN_CHILD(!is_blocked(number));
              return 0;
            }),
            0);
}

TEST(RunSignals, come_again_to_the_default_once_it_is_gone) {
  EXPECT_EQ(in_child([] {
              { const auto signals = RunSignals::open(); }
              ::kill(::getpid(), SIGUSR1);
              return 1;
            }),
            -SIGUSR1);
}

TEST(RunSignals, moving_one_leaves_a_single_owner) {
  EXPECT_EQ(in_child([] {
              auto former = std::make_unique<Result<RunSignals>>(RunSignals::open());
              {
                const RunSignals moved(std::move(**former));
                former.reset();
                EXPECT_IN_CHILD(is_blocked(SIGUSR1));
                ::kill(::getpid(), SIGUSR1);
                EXPECT_IN_CHILD(moved.next() == RunSignal::checkpoint);
              }
              EXPECT_IN_CHILD(!is_blocked(SIGUSR1));
              return 0;
            }),
            0);
}

TEST(RunSignals, the_descriptor_is_readable_when_one_has_come_and_closes_on_exec) {
  EXPECT_EQ(in_child([] {
              const auto signals = RunSignals::open();
              EXPECT_IN_CHILD((::fcntl(signals->fd().get(), F_GETFD) & FD_CLOEXEC) != 0);
              EXPECT_IN_CHILD(!wait_for_readable({&signals->fd()}, 0)[0]);
              const pid_t own = ::getpid();
              ForkedChild sender([own] { return ::kill(own, SIGRTMIN); });
              EXPECT_IN_CHILD(wait_for_readable({&signals->fd()}, kTimeout)[0]);
              EXPECT_IN_CHILD(signals->next() == RunSignal::hold);
              EXPECT_IN_CHILD(sender.wait() == 0);
              return 0;
            }),
            0);
}

TEST(RunSignals, realtime_signals_queue_and_the_others_merge) {
  EXPECT_EQ(in_child([] {
              const auto signals = RunSignals::open();
              for (int i = 0; i < 3; ++i) {
                ::kill(::getpid(), SIGRTMIN + 1);
                ::kill(::getpid(), SIGUSR1);
              }
              EXPECT_IN_CHILD(signals->next() == RunSignal::checkpoint);
              for (int i = 0; i < 3; ++i) EXPECT_IN_CHILD(signals->next() == RunSignal::release);
              EXPECT_IN_CHILD(!signals->next());
              return 0;
            }),
            0);
}

TEST(RunSignals, a_child_that_stops_itself_goes_on_when_it_is_continued) {
  ForkedChild child([] {
    const auto signals = RunSignals::open();
    stop_this_process();
    return signals->next() == RunSignal::go_on ? 0 : 1;
  });
  int status = 0;
  ASSERT_EQ(::waitpid(child.pid(), &status, WUNTRACED), child.pid());
  ASSERT_TRUE(WIFSTOPPED(status));
  EXPECT_EQ(WSTOPSIG(status), SIGSTOP);
  ::kill(child.pid(), SIGCONT);
  EXPECT_EQ(child.wait(), 0);
}

// A child that leads a session with a terminal of its own: the master's descriptor, or -1.
int take_terminal() {
  if (::setsid() < 0) return -1;
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0) return -1;
  // The first terminal that a leader without one opens becomes its own.
  return ::open(::ptsname(master), O_RDWR) < 0 ? -1 : master;
}

TEST(RunSignals, a_process_has_a_terminal_or_none) {
  EXPECT_EQ(in_child([] {
              ::setsid();
              return has_terminal() ? 1 : 0;
            }),
            0);
  EXPECT_EQ(in_child([] {
              EXPECT_IN_CHILD(take_terminal() >= 0);
              return has_terminal() ? 0 : 1;
            }),
            0);
}

TEST(RunSignals, whether_a_hang_up_ends_the_run_is_known_from_the_start) {
  EXPECT_EQ(in_child([] {
              const int master = take_terminal();
              EXPECT_IN_CHILD(master >= 0);
              const auto signals = RunSignals::open();
              EXPECT_IN_CHILD(signals.ok());
              signals->begin();
              ::close(master);  // the terminal goes, and HUP comes
              EXPECT_IN_CHILD(!has_terminal());
              EXPECT_IN_CHILD(signals->next() == RunSignal::hang_up);
              EXPECT_IN_CHILD(signals->hang_up_ends());
              return 0;
            }),
            0);
  EXPECT_EQ(in_child([] {
              ::setsid();
              const auto signals = RunSignals::open();
              return signals.ok() && !signals->hang_up_ends() ? 0 : 1;
            }),
            0);
}

TEST(RunSignals, a_terminals_own_ctrl_z_is_told_like_anybody_elses) {
  EXPECT_EQ(in_child([] {
              const int master = take_terminal();
              EXPECT_IN_CHILD(master >= 0);
              const auto signals = RunSignals::open();
              signals->begin();
              EXPECT_IN_CHILD(::write(master, "\x1A", 1) == 1);
              EXPECT_IN_CHILD(wait_for_readable({&signals->fd()}, kTimeout)[0]);
              EXPECT_IN_CHILD(signals->next() == RunSignal::suspend);
              return 0;
            }),
            0);
}

}  // namespace
}  // namespace forknet::os
