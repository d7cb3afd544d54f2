// Owns one child process: started by exec of an open file, watched through a pidfd, ended and
// reaped when its owner goes. Move-only. A signal goes only to a process that is still this child:
// through its pidfd or, where the system denies those, while it has not been waited for. Where
// other code collects its exit status (a host program that ignores SIGCHLD, or waits for all
// children) it has ended all the same; how is then not known. The child gets no descriptor but
// those it is given and the standard three, as far as others close on exec
// (close_all_but_inherited() sees to the rest); it has a process group of its own, so that a
// terminal's signals reach only its owner.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "os/fd.h"

namespace forknet::os {

// This process's own program, kept open so that a new version beside it is not started by mistake.
[[nodiscard]] Result<Fd> open_own_program();

// In a child its inherited descriptors are kFirstInherited, kFirstInherited + 1, … in their order.
inline constexpr int kFirstInherited = 3;

struct ChildSpec {
  const Fd* program = nullptr;
  std::vector<std::string> words;    // its argv, the title first
  std::vector<const Fd*> inherited;  // in order
};

class ChildProcess {
 public:
  ChildProcess() = default;
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  // Kills it and waits, which is at once.
  ~ChildProcess();

  // Error: the system grants no process, or denies pidfds where SIGCHLD is ignored: then its
  // number could be another's at any time.
  [[nodiscard]] static Result<ChildProcess> start(const ChildSpec& spec);

  [[nodiscard]] int pid() const { return pid_; }
  // Readable once it has ended. Not open where the system denies pidfds: then ended() is to be
  // asked now and then.
  [[nodiscard]] const Fd& pidfd() const { return pidfd_; }
  // Until it has ended or the time is over; did it?
  [[nodiscard]] bool ended_within(std::int64_t timeout_ns);
  // Has it ended? Then it is reaped and ending() says how.
  [[nodiscard]] bool ended();
  // Of one that has ended by itself.
  [[nodiscard]] std::optional<int> exit_code() const { return exit_code_; }
  // "was killed by SIGKILL", "ended with exit code 1"; empty while it lives.
  [[nodiscard]] const std::string& ending() const { return ending_; }
  // It ended by what it did itself; not by SIGKILL, a limit of CPU time, or a way that is not
  // known.
  [[nodiscard]] bool own_fault() const { return own_fault_; }
  void kill();
  // As a bug in it would: it may leave a core file.
  void abort();
  // Returns when it has ended.
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

// In a child: dies with the process that started it (a signal from the kernel), and, should that be
// lost, as soon as the other end of `lifeline` is closed. Names the main thread for ps. Error: no
// thread is granted.
[[nodiscard]] Status live_with_parent(int lifeline, const std::string& name);

// The descriptor that this process inherited as the n-th; it closes on exec from now on.
[[nodiscard]] Fd inherited(int n);

// In a child: closes every descriptor after the first `count` inherited ones, which somebody in
// front of its Supervisor may have left open without closing on exec.
void close_all_but_inherited(int count);

// How many descriptors this process has open; for tests and reports.
[[nodiscard]] std::size_t open_descriptors();

}  // namespace forknet::os
