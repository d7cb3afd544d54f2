// Processes of forknet do not depend on the environment they were started in.
#include "os/process_start.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "os/forked_child.h"

namespace forknet::os {
namespace {

void put_limit(__rlimit_resource resource, rlim_t soft, rlim_t hard) {
  const rlimit limit = {soft, hard};
  (void)::setrlimit(resource, &limit);
}
rlimit limit_of(__rlimit_resource resource) {
  rlimit limit = {};
  (void)::getrlimit(resource, &limit);
  return limit;
}

TEST(ProcessStart, an_ignored_sigchld_is_not_ignored_any_more) {
  EXPECT_EQ(in_child([] {
              ::signal(SIGCHLD, SIG_IGN);
              prepare_process();
              return ::signal(SIGCHLD, SIG_IGN) == SIG_DFL ? 0 : 1;
            }),
            0);
}

TEST(ProcessStart, no_signal_is_blocked) {
  EXPECT_EQ(in_child([] {
              sigset_t set;
              ::sigfillset(&set);
              ::sigprocmask(SIG_SETMASK, &set, nullptr);
              prepare_process();
              ::sigprocmask(SIG_BLOCK, nullptr, &set);
              for (int signal = 1; signal < NSIG; ++signal) {
                EXPECT_IN_CHILD(::sigismember(&set, signal) == 0);
              }
              return 0;
            }),
            0);
}

TEST(ProcessStart, what_nohup_ignores_stays_ignored) {
  EXPECT_EQ(in_child([] {
              ::signal(SIGHUP, SIG_IGN);
              ::signal(SIGINT, SIG_IGN);
              prepare_process();
              EXPECT_IN_CHILD(::signal(SIGHUP, SIG_DFL) == SIG_IGN);
              EXPECT_IN_CHILD(::signal(SIGINT, SIG_DFL) == SIG_IGN);
              return 0;
            }),
            0);
}

TEST(ProcessStart, a_closed_standard_descriptor_fails_as_before_and_no_file_gets_its_number) {
  EXPECT_EQ(in_child([] {
              for (const int fd : {0, 1, 2}) ::close(fd);
              prepare_process();
              char byte = 'x';
              EXPECT_IN_CHILD(::read(0, &byte, 1) == -1 && errno == EBADF);
              EXPECT_IN_CHILD(::write(1, &byte, 1) == -1 && errno == EBADF);
              EXPECT_IN_CHILD(::write(2, &byte, 1) == -1 && errno == EBADF);
              EXPECT_IN_CHILD(::open("/dev/null", O_RDONLY) > 2);
              return 0;
            }),
            0);
}

TEST(ProcessStart, the_users_own_bits_are_not_masked_and_others_are_as_before) {
  for (const mode_t mask : {0777, 0027, 0000}) {
    EXPECT_EQ(in_child([mask] {
                ::umask(mask);
                prepare_process();
                return ::umask(0) == (mask & 077) ? 0 : 1;
              }),
              0);
  }
}

TEST(ProcessStart, soft_limits_of_files_and_of_the_stack_are_raised) {
  EXPECT_EQ(in_child([] {
              put_limit(RLIMIT_NOFILE, 64, 512);
              put_limit(RLIMIT_STACK, 64 << 10, 4 << 20);
              prepare_process();
              EXPECT_IN_CHILD(limit_of(RLIMIT_NOFILE).rlim_cur == 512);
              EXPECT_IN_CHILD(limit_of(RLIMIT_STACK).rlim_cur == 4 << 20);
              return 0;
            }),
            0);
}

TEST(ProcessStart, a_limit_of_cpu_time_leaves_time_to_save) {
  EXPECT_EQ(in_child([] {
              put_limit(RLIMIT_CPU, 100, 100);
              prepare_process();
              const rlim_t soft = limit_of(RLIMIT_CPU).rlim_cur;
              EXPECT_IN_CHILD(soft >= 75 && soft < 100);
              return 0;
            }),
            0);
  EXPECT_EQ(in_child([] {
              put_limit(RLIMIT_CPU, 30, 100);
              prepare_process();
              return limit_of(RLIMIT_CPU).rlim_cur == 30 ? 0 : 1;
            }),
            0);
}

TEST(ProcessStart, a_file_too_large_is_an_error_of_the_write) {
  EXPECT_EQ(in_child([] {
              prepare_process();
              put_limit(RLIMIT_FSIZE, 10, 10);
              const int fd = ::open("/tmp", O_TMPFILE | O_RDWR, 0600);
              EXPECT_IN_CHILD(fd >= 0);
              char bytes[20] = {};
              EXPECT_IN_CHILD(::write(fd, bytes, sizeof(bytes)) == 10);
              EXPECT_IN_CHILD(::write(fd, bytes, sizeof(bytes)) == -1 && errno == EFBIG);
              return 0;
            }),
            0);
}

// Takes much more than 64 KiB of stack.
int use_stack(int depth) {
  volatile char room[32 << 10];
  for (std::size_t i = 0; i < sizeof(room); i += 4096) room[i] = static_cast<char>(depth);
  return depth == 0 ? room[0] : use_stack(depth - 1) + room[0] - depth;
}

TEST(OwnStack, work_has_one_where_the_limit_is_small) {
  EXPECT_EQ(in_child([] {
              put_limit(RLIMIT_STACK, 64 << 10, 64 << 10);
              const int thread = ::gettid();
              return on_own_stack([&] { return use_stack(30) + (::gettid() != thread ? 7 : 0); });
            }),
            7);
}

TEST(OwnStack, work_stays_where_it_is_otherwise) {
  EXPECT_EQ(in_child([] {
              put_limit(RLIMIT_STACK, 8 << 20, RLIM_INFINITY);
              const int thread = ::gettid();
              return on_own_stack([&] { return ::gettid() == thread ? 7 : 0; });
            }),
            7);
}

TEST(OwnStack, signals_go_to_the_thread_that_works) {
  EXPECT_EQ(in_child([] {
              put_limit(RLIMIT_STACK, 64 << 10, 64 << 10);
              return on_own_stack([] {
                sigset_t set;
                ::sigemptyset(&set);
                ::sigaddset(&set, SIGUSR1);
                ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
                ::kill(::getpid(), SIGUSR1);
                int got = 0;
                return ::sigwait(&set, &got) == 0 && got == SIGUSR1 ? 0 : 1;
              });
            }),
            0);
}

}  // namespace
}  // namespace forknet::os
