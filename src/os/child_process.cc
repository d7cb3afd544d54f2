#include "os/child_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "base/clock.h"
#include "base/try.h"
#include "os/event.h"
#include "os/stop_signals.h"
#include "os/system_error.h"
#include "os/thread.h"

extern char** environ;

namespace forknet::os {
namespace {

// posix_spawn's actions and attributes, freed at the end.
struct Actions {
  Actions() {
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
  }
  ~Actions() {
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
  }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  posix_spawn_file_actions_t files = {};
  posix_spawnattr_t attributes = {};
};

// Duplicates of descriptors, numbered above all targets, so that no dup2() overwrites a source.
Result<std::vector<Fd>> duplicates_above_targets(const std::vector<const Fd*>& fds) {
  const int above = kFirstInherited + static_cast<int>(fds.size()) + 1;
  std::vector<Fd> copies;
  for (const Fd* fd : fds) {
    copies.emplace_back(::fcntl(fd->get(), F_DUPFD_CLOEXEC, above));
    if (!copies.back().open()) return system_error("fcntl", "a descriptor for a cell");
  }
  return copies;
}

int set_attributes(posix_spawnattr_t* attributes) {
  sigset_t none;
  sigset_t all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setpgroup(attributes, 0);
  ::posix_spawnattr_setsigmask(attributes, &none);
  ::posix_spawnattr_setsigdefault(attributes, &all);
  return ::posix_spawnattr_setflags(
      attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

}  // namespace

Result<Fd> open_own_program() {
  Fd program(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  if (program.open()) return program;
  Error error = system_error("open", "/proc/self/exe");
  error.message += "; cells in processes need /proc: mount it, or use --grid threads";
  return error;
}

Result<ChildProcess> ChildProcess::start(const ChildSpec& spec) {
  std::vector<const Fd*> all = spec.inherited;
  all.push_back(spec.program);
  if (spec.output != nullptr) all.push_back(spec.output);
  FORKNET_ASSIGN(const std::vector<Fd> copies, duplicates_above_targets(all));
  const Fd& program_copy = copies[spec.inherited.size()];
  Actions actions;
  for (std::size_t i = 0; i < spec.inherited.size(); ++i) {
    ::posix_spawn_file_actions_adddup2(&actions.files, copies[i].get(),
                                       kFirstInherited + static_cast<int>(i));
  }
  for (const int standard : {STDOUT_FILENO, STDERR_FILENO}) {
    if (spec.output == nullptr) break;
    ::posix_spawn_file_actions_adddup2(&actions.files, copies.back().get(), standard);
  }
  set_attributes(&actions.attributes);
  std::vector<char*> words;
  for (const std::string& word : spec.words) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const std::string program = "/proc/self/fd/" + std::to_string(program_copy.get());
  ChildProcess child;
  const int error = ::posix_spawn(&child.pid_, program.c_str(), &actions.files, &actions.attributes,
                                  words.data(), environ);
  if (error != 0) {
    child.pid_ = -1;
    return system_error("posix_spawn", "a cell", error);
  }
  FORKNET_TRY(child.open_pidfd());
  return child;
}

namespace {

// Whether the kernel reaps children itself: then neither status nor process id stays.
bool kernel_reaps_children() {
  struct sigaction action = {};
  ::sigaction(SIGCHLD, nullptr, &action);
  return action.sa_handler == SIG_IGN || (action.sa_flags & SA_NOCLDWAIT) != 0;
}

}  // namespace

Status ChildProcess::open_pidfd() {
  pidfd_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (pidfd_.open()) {
    // It may have ended and been reaped, and its process id may have been reused meanwhile.
    siginfo_t info = {};
    const int got = retry_interrupted([&] {
      return ::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED | WNOHANG | WNOWAIT);
    });
    if (got != 0 && errno == ECHILD) note_unknown();
    return {};
  }
  const int error = errno;
  const bool reaped = kernel_reaps_children();
  if (error == ESRCH) {
    note_unknown();
    return {};
  }
  if (is_denial(error) && !reaped) return {};
  Error failed = system_error("pidfd_open", "a cell", error);
  if (reaped) {
    pid_ = -1;  // the process id may be reused; the lifeline ends the child
    if (is_denial(error)) failed.message += "; without it this program must not ignore SIGCHLD";
  }
  return failed;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      own_fault_(other.own_fault_),
      exit_code_(other.exit_code_),
      ending_(std::move(other.ending_)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this != &other) {
    kill();
    join();
    pid_ = std::exchange(other.pid_, -1);
    pidfd_ = std::move(other.pidfd_);
    own_fault_ = other.own_fault_;
    exit_code_ = other.exit_code_;
    ending_ = std::move(other.ending_);
  }
  return *this;
}

ChildProcess::~ChildProcess() {
  kill();
  join();
}

void ChildProcess::note(int code, int status) {
  if (code == CLD_EXITED) {
    exit_code_ = status;
    ending_ = "ended with exit code " + std::to_string(status);
  } else {
    ending_ = std::string("was killed by ") + signal_name(status);
  }
  own_fault_ = code == CLD_EXITED || (status != SIGKILL && status != SIGXCPU);
  pid_ = -1;
}

void ChildProcess::note_unknown() {
  ending_ = "ended; how is unknown (its exit status was collected elsewhere)";
  pid_ = -1;
}

// Takes its status if it has ended and the status is available.
bool ChildProcess::collect() {
  siginfo_t info = {};
  const auto wait = [&](idtype_t type, int id) {
    return retry_interrupted(
        [&] { return ::waitid(type, static_cast<id_t>(id), &info, WEXITED | WNOHANG); });
  };
  int got = pidfd_.open() ? wait(P_PIDFD, pidfd_.get()) : wait(P_PID, pid_);
  // A kernel that has pidfds but cannot wait for them: the process id is this child's until it is
  // reaped.
  if (got != 0 && errno == EINVAL) got = wait(P_PID, pid_);
  if (got != 0 && is_denial(errno)) return collect_by_number();
  if (got != 0 && errno == ECHILD) {
    note_unknown();
  } else if (got == 0 && info.si_pid != 0) {
    note(info.si_code, info.si_status);
  }
  return pid_ < 0;
}

// With another call, where waitid() is denied.
bool ChildProcess::collect_by_number() {
  int status = 0;
  const int got = retry_interrupted([&] { return ::waitpid(pid_, &status, WNOHANG); });
  if (got < 0 && errno == ECHILD) {
    note_unknown();
  } else if (got > 0 && WIFEXITED(status)) {
    note(CLD_EXITED, WEXITSTATUS(status));
  } else if (got > 0) {
    note(CLD_KILLED, WTERMSIG(status));
  }
  return pid_ < 0;
}

bool ChildProcess::ended() {
  if (pid_ < 0 || collect()) return true;
  if (!pidfd_.open() || !wait_for_readable({&pidfd_}, 0)[0]) return false;
  // It is dead. If it died after the first call the second one gets its status; if a debugger holds
  // the status, or waiting is denied, there is none.
  if (!collect()) note_unknown();
  return true;
}

bool ChildProcess::ended_within(std::int64_t timeout_ns) {
  constexpr std::int64_t kLookAgain = 5'000'000;  // without a pidfd
  const std::int64_t until = monotonic_ns() + timeout_ns;
  while (!ended()) {
    const std::int64_t left = until - monotonic_ns();
    if (left <= 0) return false;
    Watch ending;
    ending.add(pidfd_);
    ending.wait(pidfd_.open() ? left : std::min(left, kLookAgain));
  }
  return true;
}

void ChildProcess::signal(int number) {
  if (pid_ <= 0) return;
  if (pidfd_.open()) {
    if (::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0) == 0) return;
    if (!is_denial(errno)) return;
  }
  // By process id, which is this child's until it is reaped; only this object reaps it.
  if (!kernel_reaps_children() && !ended()) ::kill(pid_, number);
}

void ChildProcess::kill() { signal(SIGKILL); }

void ChildProcess::terminate() { signal(SIGTERM); }

void ChildProcess::abort() { signal(SIGABRT); }

void ChildProcess::join() {
  constexpr std::int64_t kLong = 1'000'000'000;
  while (!ended_within(kLong)) {
  }
}

Status live_with_parent(int lifeline, const std::string& name) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NAME, name.c_str());
  ::signal(SIGPIPE, SIG_IGN);
  // The kernel sends its signal when the thread that started this process ends, and not at all if
  // that happened before prctl(); the end of file is certain. The pipe carries no data.
  const auto watch = [lifeline] {
    ::prctl(PR_SET_NAME, "lifeline");
    char byte = 0;
    const auto got = retry_interrupted([&] { return ::read(lifeline, &byte, 1); });
    if (got <= 0) ::_exit(1);
  };
  FORKNET_ASSIGN(Thread watcher, Thread::start("the thread of a cell's lifeline", watch));
  watcher.detach();
  return {};
}

Fd inherited(int n) {
  const int fd = kFirstInherited + n;
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  return Fd(fd);
}

void close_all_but_inherited(int count) {
  const int first = kFirstInherited + count;
  if (::close_range(static_cast<unsigned>(first), ~0U, 0) == 0) return;
  std::vector<int> open;  // collect all before closing any: the listing itself has one
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    const int fd = std::atoi(entry.path().filename().c_str());
    if (fd >= first) open.push_back(fd);
  }
  for (const int fd : open) ::close(fd);
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    count += entry.path().empty() ? 0 : 1;
  }
  return count == 0 ? 0 : count - 1;  // the listing itself has one
}

}  // namespace forknet::os
