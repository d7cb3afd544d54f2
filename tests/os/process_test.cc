#include "os/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "os/fd.h"
#include "os/file_lock.h"
#include "os/forked_child.h"
#include "os/pipe.h"
#include "os/temporary_folder.h"
#include "os/terminal.h"

namespace forknet::os {
namespace {

TEST(Process, knows_itself) {
  EXPECT_EQ(pid(), ::getpid());
  EXPECT_FALSE(hostname().empty());
  EXPECT_EQ(executable_path().rfind('/') == std::string::npos, false);
  EXPECT_GT(peak_rss_bytes(), 100'000U);
}

TEST(Process, a_thread_that_gives_way_is_nicer_and_its_process_is_not) {
  const int usual = ::getpriority(PRIO_PROCESS, 0);
  std::thread([usual] {
    give_way_to_other_threads();
    EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), std::max(usual, 10));
    ASSERT_EQ(::setpriority(PRIO_PROCESS, 0, 15), 0);
    give_way_to_other_threads();
    EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), 15);
  }).join();
  EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), usual);
}

// Ends with 7 once the other end of its pipe is closed.
class WaitingChild {
 public:
  [[nodiscard]] int pid() const { return child_.pid(); }
  int end_by_itself() {
    pipe_.write.close();
    return child_.wait();
  }
  int wait() { return child_.wait(); }

 private:
  PipeEnds pipe_ = make_lifeline().value();
  ForkedChild child_{[this] {
    pipe_.write.close();
    char byte = 0;
    while (::read(pipe_.read.get(), &byte, 1) != 0) continue;
    return 7;
  }};
};

TEST(StartTicks, name_one_process_and_end_with_it) {
  const std::uint64_t own = start_ticks(pid());
  EXPECT_GT(own, 0U);
  EXPECT_EQ(start_ticks(pid()), own);
  WaitingChild child;
  const int number = child.pid();
  EXPECT_GE(start_ticks(number), own);
  EXPECT_EQ(child.end_by_itself(), 7);
  EXPECT_EQ(start_ticks(number), 0U);
  EXPECT_EQ(start_ticks(0), 0U);
  EXPECT_EQ(start_ticks(-1), 0U);
}

TEST(StartTicks, do_not_depend_on_the_name_of_the_process) {
  const std::uint64_t ticks = start_ticks(pid());
  ForkedChild child([ticks] {
    name_this_thread(") R 1 (2 3");
    return start_ticks(pid()) >= ticks && start_ticks(pid()) < ticks + 1'000'000'000 ? 0 : 1;
  });
  EXPECT_EQ(child.wait(), 0);
}

TEST(EndProcess, ends_the_one_that_was_started_then) {
  WaitingChild child;
  WaitingChild other;
  end_process(child.pid(), start_ticks(child.pid()));
  EXPECT_EQ(child.wait(), -SIGKILL);
  EXPECT_EQ(other.end_by_itself(), 7);
}

TEST(EndProcess, leaves_one_alone_that_was_started_at_another_time) {
  WaitingChild child;
  const std::uint64_t ticks = start_ticks(child.pid());
  for (const std::uint64_t other : {std::uint64_t{0}, ticks - 1, ticks + 1}) {
    end_process(child.pid(), other);
  }
  EXPECT_EQ(child.end_by_itself(), 7);
}

TEST(EndProcess, one_that_is_gone_is_no_matter) {
  WaitingChild child;
  const int number = child.pid();
  const std::uint64_t ticks = start_ticks(number);
  EXPECT_EQ(child.end_by_itself(), 7);
  end_process(number, ticks);
  end_process(number, 0);
  end_process(0, start_ticks(pid()));
  end_process(-1, start_ticks(pid()));
}

TEST(Environment, tells_unset_from_empty) {
  ::setenv("FORKNET_TEST_EMPTY", "", 1);
  ::unsetenv("FORKNET_TEST_UNSET");
  EXPECT_EQ(environment("FORKNET_TEST_EMPTY"), "");
  EXPECT_FALSE(environment("FORKNET_TEST_UNSET").has_value());
}

TEST(Environment, lists_by_prefix) {
  ::setenv("FORKNET_TESTS_A", "1", 1);
  ::setenv("FORKNET_TESTS_B", "x=y", 1);
  const auto found = environment_with_prefix("FORKNET_TESTS_");
  EXPECT_EQ(found, (std::map<std::string, std::string>{{"FORKNET_TESTS_A", "1"},
                                                       {"FORKNET_TESTS_B", "x=y"}}));
}

TEST(Terminal, has_a_usable_width_whatever_it_is) { EXPECT_GE(terminal_width(), 20); }

TEST(Fd, moving_hands_over_and_closing_happens_once) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  Fd moved = std::move(write_end);
  EXPECT_FALSE(write_end.open());  // NOLINT(bugprone-use-after-move): the promise
  moved = Fd();
  char byte = 0;
  EXPECT_EQ(::read(read_end.get(), &byte, 1), 0);  // the other end is closed
}

TEST(Fd, a_duplicate_is_the_same_file_and_outlives_the_first) {
  PipeEnds pipe = make_lifeline().value();
  Fd again = pipe.write.duplicate();
  ASSERT_TRUE(again.open());
  EXPECT_NE(again.get(), pipe.write.get());
  EXPECT_EQ(::fcntl(again.get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  pipe.write.close();
  EXPECT_EQ(::write(again.get(), "x", 1), 1);
  again.close();
  char bytes[2] = {};
  EXPECT_EQ(::read(pipe.read.get(), bytes, 2), 1);
  EXPECT_EQ(bytes[0], 'x');
  EXPECT_EQ(::read(pipe.read.get(), bytes, 2), 0);
}

TEST(Fd, none_has_no_duplicate) { EXPECT_FALSE(Fd().duplicate().open()); }

TEST(FileLock, has_one_owner_at_a_time) {
  const TemporaryFolder folder;
  const std::string path = folder / "lock";
  const std::string me = "process " + std::to_string(pid()) + " on " + hostname();
  EXPECT_FALSE(FileLock::holder(path).has_value());
  {
    const auto first = FileLock::acquire(path);
    ASSERT_TRUE(first.ok());
    EXPECT_TRUE(first->held());
    EXPECT_EQ(FileLock::holder(path), me);
    const auto second = FileLock::acquire(path);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().kind, ErrorKind::usage);
    EXPECT_EQ(second.error().message, "lock " + path + ": held by " + me);
  }
  EXPECT_FALSE(FileLock::holder(path).has_value());
  EXPECT_TRUE(FileLock::acquire(path).ok());
}

TEST(FileLockDeathTest, ends_with_its_owner) {
  const TemporaryFolder folder;
  EXPECT_EXIT(
      {
        const auto lock = FileLock::acquire(folder / "lock");
        std::_Exit(lock.ok() ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
  EXPECT_TRUE(FileLock::acquire(folder / "lock").ok());
}

}  // namespace
}  // namespace forknet::os
