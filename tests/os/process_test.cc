#include "os/process.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "os/fd.h"
#include "os/file_lock.h"
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
