#include "os/child_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "os/stop_signals.h"
#include "os/system_error.h"

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

// Copies of descriptors, numbered above all targets, so that none is overwritten before its turn.
Result<std::vector<Fd>> out_of_the_way(const std::vector<const Fd*>& fds) {
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
  if (!program.open()) return system_error("open", "/proc/self/exe");
  return program;
}

Result<ChildProcess> ChildProcess::start(const ChildSpec& spec) {
  std::vector<const Fd*> all = spec.inherited;
  all.push_back(spec.program);
  FORKNET_ASSIGN(const std::vector<Fd> copies, out_of_the_way(all));
  Actions actions;
  for (std::size_t i = 0; i < spec.inherited.size(); ++i) {
    ::posix_spawn_file_actions_adddup2(&actions.files, copies[i].get(),
                                       kFirstInherited + static_cast<int>(i));
  }
  set_attributes(&actions.attributes);
  std::vector<char*> words;
  for (const std::string& word : spec.words) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const std::string program = "/proc/self/fd/" + std::to_string(copies.back().get());
  ChildProcess child;
  const int error = ::posix_spawn(&child.pid_, program.c_str(), &actions.files, &actions.attributes,
                                  words.data(), environ);
  if (error != 0) {
    child.pid_ = -1;
    return system_error("posix_spawn", "a cell", error);
  }
  child.pidfd_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, child.pid_, 0)));
  if (!child.pidfd_.open()) return system_error("pidfd_open", std::to_string(child.pid_));
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      exit_code_(other.exit_code_),
      ending_(std::move(other.ending_)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this != &other) {
    kill();
    join();
    pid_ = std::exchange(other.pid_, -1);
    pidfd_ = std::move(other.pidfd_);
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
  pid_ = -1;
}

bool ChildProcess::ended() {
  if (pid_ < 0) return true;
  siginfo_t info = {};
  const int got = retry_interrupted(
      [&] { return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG); });
  if (got != 0 || info.si_pid == 0) return false;
  note(info.si_code, info.si_status);
  return true;
}

void ChildProcess::kill() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
}

void ChildProcess::abort() {
  if (pid_ > 0) ::kill(pid_, SIGABRT);
}

void ChildProcess::join() {
  if (pid_ < 0) return;
  siginfo_t info = {};
  const int got =
      retry_interrupted([&] { return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED); });
  if (got == 0) note(info.si_code, info.si_status);
}

Status live_with_parent(int lifeline, const std::string& name) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NAME, name.c_str());
  ::signal(SIGPIPE, SIG_IGN);
  // The kernel's signal is sent when the thread that started us ends, and not at all when it ended
  // before we asked for it; an end of file is certain. Nobody ever writes.
  const auto watch = [lifeline] {
    ::prctl(PR_SET_NAME, "lifeline");
    char byte = 0;
    const auto got = retry_interrupted([&] { return ::read(lifeline, &byte, 1); });
    if (got <= 0) ::_exit(1);
  };
  try {
    std::thread(watch).detach();
  } catch (const std::system_error& failure) {  // the library's only word for it
    return system_error("thread", "of a cell's lifeline", failure.code().value());
  }
  return {};
}

Fd inherited(int n) {
  const int fd = kFirstInherited + n;
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  return Fd(fd);
}

void close_all_but_inherited(int count) {
  (void)::close_range(static_cast<unsigned>(kFirstInherited + count), ~0U, 0);
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    count += entry.path().empty() ? 0 : 1;
  }
  return count == 0 ? 0 : count - 1;  // one of them is the listing's own
}

}  // namespace forknet::os
