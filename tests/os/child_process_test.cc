#include "os/child_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <sstream>
#include <utility>

#include "os/file.h"
#include "os/pipe.h"
#include "os/temporary_folder.h"

namespace forknet::os {
namespace {

// What this program was started with stays here.
void close_all_on_exec() {
  for (int fd = kFirstInherited; fd < 1024; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

class ChildProcessTest : public ::testing::Test {
 protected:
  ChildProcessTest() { close_all_on_exec(); }

  ChildProcess shell(const std::string& script, const std::vector<const Fd*>& inherited = {}) {
    return ChildProcess::start({&program_, {"forknet: a test", "-c", script}, inherited}).value();
  }
  // One that lives until its owner or lifeline_ ends it.
  ChildProcess waiting() { return shell("read nothing <&3", {&lifeline_.read}); }
  static std::string ending_of(ChildProcess child) {
    child.join();
    return child.ending();
  }
  static bool gone(int pid) {
    return ::kill(pid, 0) != 0 && errno == ESRCH && ::waitpid(pid, nullptr, WNOHANG) < 0;
  }
  static bool readable(const Fd& fd, std::int64_t timeout_ns) {
    return wait_for_pipes(&fd, nullptr, {}, timeout_ns);
  }
  // Everything until the child has closed its end.
  static std::string text_from(PipeEnds& pipe) {
    pipe.write.close();
    std::string text;
    std::array<std::byte, 256> room;
    const std::array<std::span<std::byte>, 1> pieces = {room};
    for (Moved moved; !moved.closed && moved.error == 0; moved = read_some(pipe.read, pieces)) {
      text.append(reinterpret_cast<const char*>(room.data()), moved.bytes);
      (void)readable(pipe.read, -1);
    }
    return text;
  }

  const Fd program_ = open_read("/bin/sh").value();
  PipeEnds lifeline_ = make_lifeline().value();
};

TEST_F(ChildProcessTest, says_how_it_ended) {
  EXPECT_EQ(ending_of(shell("exit 0")), "ended with exit code 0");
  EXPECT_EQ(ending_of(shell("exit 7")), "ended with exit code 7");
  EXPECT_EQ(ending_of(shell("kill -TERM $$")), "was killed by SIGTERM");
}

TEST_F(ChildProcessTest, writes_into_the_file_that_it_is_given) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/printed";
  const Fd file = open_append(path).value();
  ChildSpec spec = {&program_, {"forknet: a test", "-c", "echo out; echo error >&2"}, {}, &file};
  ChildProcess child = ChildProcess::start(spec).value();
  child.join();
  EXPECT_EQ(child.exit_code(), 0);
  EXPECT_EQ(read_file(path, 100).value(), "out\nerror\n");
}

TEST_F(ChildProcessTest, can_be_asked_to_end) {
  ChildProcess child = waiting();
  child.terminate();
  child.join();
  EXPECT_EQ(child.ending(), "was killed by SIGTERM");
}

TEST_F(ChildProcessTest, lives_until_it_is_killed) {
  ChildProcess child = waiting();
  EXPECT_GT(child.pid(), 0);
  EXPECT_FALSE(child.ended());
  EXPECT_EQ(child.ending(), "");
  child.kill();
  child.join();
  EXPECT_EQ(child.ending(), "was killed by SIGKILL");
  EXPECT_TRUE(child.ended());
  child.kill();  // no process has that id any more
  child.join();
}

TEST_F(ChildProcessTest, its_pidfd_can_be_read_once_it_has_ended) {
  ChildProcess child = waiting();
  EXPECT_FALSE(readable(child.pidfd(), 0));
  lifeline_.write.close();
  EXPECT_TRUE(readable(child.pidfd(), -1));
  EXPECT_TRUE(child.ended());
  EXPECT_EQ(child.ending(), "ended with exit code 1");
}

TEST_F(ChildProcessTest, inherits_descriptors_as_3_4_and_so_on) {
  std::array<PipeEnds, 2> in = {make_pipe(4096).value(), make_pipe(4096).value()};
  ASSERT_TRUE(write_all(in[0].write, "first\n").ok());
  ASSERT_TRUE(write_all(in[1].write, "second\n").ok());
  PipeEnds out = make_pipe(4096).value();
  // The other way round than they are numbered here.
  ChildProcess child = shell("read a <&4; read b <&5; echo \"$0: $a, $b\" >&3",
                             {&out.write, &in[1].read, &in[0].read});
  EXPECT_EQ(text_from(out), "forknet: a test: second, first\n");
}

TEST_F(ChildProcessTest, has_no_other_descriptor_open) {
  PipeEnds out = make_pipe(4096).value();
  const PipeEnds others = make_pipe(4096).value();
  const ChildProcess sibling = waiting();
  ChildProcess child = shell("(ls /proc/$$/fd >&3); exit 0", {&out.write, &lifeline_.read});
  std::istringstream words(text_from(out));
  std::vector<int> open;
  for (int fd = 0; words >> fd;) open.push_back(fd);
  EXPECT_EQ(open, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST_F(ChildProcessTest, has_a_process_group_of_its_own) {
  const ChildProcess child = waiting();
  EXPECT_EQ(::getpgid(child.pid()), child.pid());
  EXPECT_NE(::getpgid(0), child.pid());
}

TEST_F(ChildProcessTest, begins_with_the_signals_as_they_come) {
  sigset_t blocked, former;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &blocked, &former);
  const auto handler = ::signal(SIGINT, SIG_IGN);
  const std::string terminated = ending_of(shell("kill -TERM $$; exit 0"));
  const std::string interrupted = ending_of(shell("kill -INT $$; exit 0"));
  ::signal(SIGINT, handler);
  ::sigprocmask(SIG_SETMASK, &former, nullptr);
  EXPECT_EQ(terminated, "was killed by SIGTERM");
  EXPECT_EQ(interrupted, "was killed by SIGINT");
}

TEST_F(ChildProcessTest, ends_with_its_owner_and_is_reaped) {
  int pid = 0;
  {
    const ChildProcess child = waiting();
    pid = child.pid();
    EXPECT_FALSE(gone(pid));
  }
  EXPECT_TRUE(gone(pid));
}

TEST_F(ChildProcessTest, moves_with_its_owner_and_a_former_one_ends) {
  ChildProcess first = waiting();
  ChildProcess second = waiting();
  const int former = second.pid();
  const int moved = first.pid();
  second = std::move(first);
  EXPECT_TRUE(gone(former));
  EXPECT_EQ(second.pid(), moved);
  EXPECT_FALSE(second.ended());
  EXPECT_TRUE(first.ended());  // NOLINT(bugprone-use-after-move): the promise
}

// What a host program of the library may do with its children.
class UncollectedChildTest : public ChildProcessTest {
 protected:
  ~UncollectedChildTest() override { ::sigaction(SIGCHLD, &former_, nullptr); }
  void handle_children(void (*handler)(int), int flags) {
    struct sigaction action = {};
    action.sa_handler = handler;
    action.sa_flags = flags;
    ::sigaction(SIGCHLD, &action, &former_);
  }
  // It ends, by itself or killed, and ended() then reports it.
  void expect_unknown_end() {
    ChildProcess killed = waiting();
    EXPECT_FALSE(killed.ended());
    killed.kill();
    killed.join();
    EXPECT_NE(killed.ending().find("how is unknown"), std::string::npos) << killed.ending();
    EXPECT_FALSE(killed.own_fault());
    ChildProcess ended = shell("exit 7");
    EXPECT_TRUE(ended.ended_within(60'000'000'000));
    EXPECT_FALSE(ended.exit_code());
  }
  struct sigaction former_ = {};
};

TEST_F(UncollectedChildTest, one_that_the_kernel_collects_has_ended) {
  handle_children(SIG_IGN, 0);
  expect_unknown_end();
}

TEST_F(UncollectedChildTest, one_that_the_kernel_collects_without_a_zombie_has_ended) {
  handle_children(SIG_DFL, SA_NOCLDWAIT);
  expect_unknown_end();
}

TEST_F(UncollectedChildTest, one_that_other_code_has_waited_for_has_ended) {
  ChildProcess child = shell("exit 7");
  ASSERT_EQ(::waitpid(child.pid(), nullptr, 0), child.pid());
  child.kill();  // no process has that id
  EXPECT_TRUE(child.ended());
  EXPECT_EQ(child.ending(), "ended; how is unknown (its exit status was collected elsewhere)");
}

TEST_F(ChildProcessTest, says_whether_that_was_its_own_fault) {
  const auto fault_of = [](ChildProcess child) {
    child.join();
    return child.own_fault();
  };
  EXPECT_TRUE(fault_of(shell("exit 7")));
  EXPECT_TRUE(fault_of(shell("kill -SEGV $$")));
  EXPECT_FALSE(fault_of(shell("kill -KILL $$")));
  EXPECT_FALSE(fault_of(shell("kill -XCPU $$")));
}

TEST_F(ChildProcessTest, is_waited_for_as_long_as_it_is_told) {
  ChildProcess child = waiting();
  EXPECT_FALSE(child.ended_within(0));
  EXPECT_FALSE(child.ended_within(1'000'000));
  lifeline_.write.close();
  EXPECT_TRUE(child.ended_within(60'000'000'000));
}

TEST_F(ChildProcessTest, what_is_no_program_is_an_error) {
  const TemporaryFolder folder;
  put_file(folder / "text", "hello\n");
  ::chmod((folder / "text").c_str(), 0600);
  const Fd text = open_read(folder / "text").value();
  const auto child = ChildProcess::start({&text, {"text"}, {}});
  ASSERT_FALSE(child.ok());
  EXPECT_EQ(child.error().message, "posix_spawn a cell: Permission denied");
}

TEST_F(ChildProcessTest, leaves_no_descriptor_behind) {
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 5; ++i) (void)ending_of(shell("exit 0", {&program_, &lifeline_.read}));
  EXPECT_EQ(open_descriptors(), before);
  const Fd one(::dup(0));
  EXPECT_EQ(open_descriptors(), before + (one.open() ? 1 : 0));
}

TEST(OwnProgram, is_the_one_that_runs) {
  const auto program = open_own_program();
  ASSERT_TRUE(program.ok());
  struct stat here = {}, opened = {};
  ::stat("/proc/self/exe", &here);
  ::fstat(program->get(), &opened);
  EXPECT_EQ(opened.st_ino, here.st_ino);
}

TEST(Inherited, a_descriptor_closes_on_exec_from_then_on) {
  const int fd = ::dup(1);
  ASSERT_GE(fd, kFirstInherited);
  const Fd own = inherited(fd - kFirstInherited);
  EXPECT_EQ(own.get(), fd);
  EXPECT_EQ(::fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

// What a cell does: here a child of this test, whose parent closes the other end.
TEST(LiveWithParentDeathTest, a_child_ends_when_the_other_end_of_its_lifeline_is_gone) {
  EXPECT_EXIT(
      {
        PipeEnds lifeline = make_lifeline().value();
        if (!live_with_parent(lifeline.read.get(), "forknet: cell").ok()) std::_Exit(2);
        lifeline.write.close();
        while (true) ::pause();
      },
      testing::ExitedWithCode(1), "");
}

}  // namespace
}  // namespace forknet::os
