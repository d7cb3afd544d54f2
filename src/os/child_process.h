// Owns one child process: started by exec of an open file, watched through a pidfd, ended and
// reaped by the destructor. Move-only. Signals reach only this child: they go through its pidfd or,
// where the system denies those, to a child that is not reaped yet. If other code takes its exit
// status (a host program that ignores SIGCHLD, or waits for all children) it counts as ended; how
// it ended is then unknown. The child gets only the given descriptors and the standard three,
// provided that all others close on exec (close_all_but_inherited() closes the rest). It has a
// process group of its own, so that a terminal's signals reach only its owner.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "os/fd.h"

namespace forknet::os {

// This process's own program, kept open so that a newer version under its name is not started.
[[nodiscard]] Result<Fd> open_own_program();

// In a child the inherited descriptors are kFirstInherited, kFirstInherited + 1, … in order.
inline constexpr int kFirstInherited = 3;

struct ChildSpec {
  const Fd* program = nullptr;
  std::vector<std::string> words;    // argv, the title first
  std::vector<const Fd*> inherited;  // in order
  const Fd* output = nullptr;        // its stdout and stderr; null: those of this process
};

class ChildProcess {
 public:
  ChildProcess() = default;
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  // Kills the process and reaps it.
  ~ChildProcess();

  // Error: the system grants no process, or denies pidfds while SIGCHLD is ignored: then its
  // process id could be reused at any time.
  [[nodiscard]] static Result<ChildProcess> start(const ChildSpec& spec);

  [[nodiscard]] int pid() const { return pid_; }
  // Readable once the process has ended. Not open if the system denies pidfds: then poll ended().
  [[nodiscard]] const Fd& pidfd() const { return pidfd_; }
  // Waits until it has ended or the time is over; returns whether it has ended.
  [[nodiscard]] bool ended_within(std::int64_t timeout_ns);
  // Whether it has ended. If so it is reaped and ending() says how.
  [[nodiscard]] bool ended();
  // Set if it exited by itself.
  [[nodiscard]] std::optional<int> exit_code() const { return exit_code_; }
  // "was killed by SIGKILL", "ended with exit code 1"; empty while it lives.
  [[nodiscard]] const std::string& ending() const { return ending_; }
  // Whether it ended by its own fault: not by SIGKILL or a limit of CPU time, nor in an unknown
  // way.
  [[nodiscard]] bool own_fault() const { return own_fault_; }
  void kill();
  // Asks it to end (SIGTERM).
  void terminate();
  // Ends it as a bug in it would: it may leave a core file.
  void abort();
  // Waits until it has ended.
  void join();

 private:
  [[nodiscard]] Status open_pidfd();
  bool collect();
  bool collect_by_number();
  void note(int code, int status);
  void note_unknown();
  void signal(int number);
  int pid_ = -1;  // -1: nothing to reap
  Fd pidfd_;
  bool own_fault_ = false;
  std::optional<int> exit_code_;
  std::string ending_;
};

// In a child: ends this process when its parent dies (by a signal from the kernel) and, in case
// that is lost, when the other end of `lifeline` closes. Names the main thread for ps. Error: the
// system grants no thread.
[[nodiscard]] Status live_with_parent(int lifeline, const std::string& name);

// The n-th inherited descriptor of this process; it closes on exec from now on.
[[nodiscard]] Fd inherited(int n);

// In a child: closes every descriptor after the first `count` inherited ones: ancestors of the
// Supervisor may have left some open without close-on-exec.
void close_all_but_inherited(int count);

// The number of open descriptors of this process; for tests and reports.
[[nodiscard]] std::size_t open_descriptors();

}  // namespace forknet::os
