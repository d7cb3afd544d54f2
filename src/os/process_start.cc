#include "os/process_start.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "os/cpu.h"
#include "os/thread.h"

namespace forknet::os {
namespace {

constexpr rlim_t kMainStack = rlim_t{8} << 20;
constexpr rlim_t kLeastStack = rlim_t{1} << 20;  // enough: below it work runs on another thread

// Opened for the opposite direction: a write to a closed stdout must fail.
void open_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    const int wrong_way = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    // Gets the lowest free number: those below are open. Without /dev a folder serves as well.
    if (::open("/dev/null", wrong_way) < 0) (void)::open("/", O_RDONLY | O_DIRECTORY);
  }
}

void exit_by_signal(int signal) { ::_exit(128 + signal); }

void set_signals() {
  ::signal(SIGCHLD, SIG_DFL);
  ::signal(SIGXFSZ, SIG_IGN);
  if (::getpid() == 1) {
    for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) {
      if (::signal(signal, exit_by_signal) == SIG_IGN) ::signal(signal, SIG_IGN);
    }
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void set_umask() {
  constexpr mode_t kOwn = 0700;
  ::umask(::umask(0) & ~kOwn);
}

// Raises the soft limit, at most to the hard one.
void raise(__rlimit_resource resource, rlim_t wanted) {
  rlimit limit = {};
  if (::getrlimit(resource, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  (void)::setrlimit(resource, &limit);
}

// At the hard limit the kernel kills without notice.
void leave_time_to_save() {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_CPU, &limit) != 0 || limit.rlim_max == RLIM_INFINITY) return;
  const rlim_t seconds = 4 * static_cast<rlim_t>(cpu_budget());  // 4 seconds on all CPUs
  const rlim_t share = std::max<rlim_t>(1, limit.rlim_max / 4);
  const rlim_t latest = limit.rlim_max - std::min({share, seconds, limit.rlim_max});
  if (limit.rlim_cur <= latest) return;
  limit.rlim_cur = std::max<rlim_t>(1, latest);
  (void)::setrlimit(RLIMIT_CPU, &limit);
}

bool stack_is_small() {
  rlimit limit = {};
  return ::getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur < kLeastStack;
}

}  // namespace

void prepare_process() {
  open_standard_descriptors();
  set_signals();
  set_umask();
  raise(RLIMIT_NOFILE, RLIM_INFINITY);
  raise(RLIMIT_STACK, kMainStack);  // the main thread's stack may grow up to the new limit
  leave_time_to_save();
}

int on_own_stack(const std::function<int()>& work) {
  if (!stack_is_small()) return work();
  int result = 1;
  sigset_t all;
  sigset_t former;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &former);  // before another thread can receive one
  auto thread = Thread::start(
      "a thread with a larger stack",
      [&] {
        ::pthread_sigmask(SIG_SETMASK, &former, nullptr);
        result = work();
      },
      kMainStack);
  if (!thread.ok()) {
    ::pthread_sigmask(SIG_SETMASK, &former, nullptr);
    std::fprintf(stderr, "forknet: %s\n  the stack limit (ulimit -s) is too small; raise it\n",
                 thread.error().message.c_str());
    return 1;
  }
  thread->join();
  return result;
}

}  // namespace forknet::os
