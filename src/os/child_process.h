// Owns one child process: started by exec of an open file, watched through a pidfd, ended and
// reaped when its owner goes. Move-only. The child gets no descriptor but those it is given and the
// standard three, as far as others close on exec (close_all_but_inherited() sees to the rest); it
// has a process group of its own, so that a terminal's signals reach only its owner.
#pragma once

#include <forknet/result.h>

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

  [[nodiscard]] static Result<ChildProcess> start(const ChildSpec& spec);

  [[nodiscard]] int pid() const { return pid_; }
  // Readable once it has ended.
  [[nodiscard]] const Fd& pidfd() const { return pidfd_; }
  // Has it ended? Then it is reaped and ending() says how.
  [[nodiscard]] bool ended();
  // Of one that has ended by itself.
  [[nodiscard]] std::optional<int> exit_code() const { return exit_code_; }
  // "was killed by SIGKILL", "ended with exit code 1"; empty while it lives.
  [[nodiscard]] const std::string& ending() const { return ending_; }
  void kill();
  // As a bug in it would: it may leave a core file.
  void abort();
  // Returns when it has ended.
  void join();

 private:
  void note(int code, int status);
  int pid_ = -1;  // -1: nothing to reap
  Fd pidfd_;
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
