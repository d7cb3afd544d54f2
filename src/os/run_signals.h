// Signals with requests to a run, received as messages by one thread and blocked in all threads:
// USR1, USR2, HUP, TTIN, TTOU, TSTP, CONT, SIGRTMIN, SIGRTMIN+1. One that was ignored at the start
// (nohup) stays ignored. Only the program makes one, before its other threads.
#pragma once

#include <forknet/result.h>

#include <optional>

#include "os/fd.h"

namespace forknet::os {

enum class RunSignal {
  checkpoint,  // USR1
  snapshot,    // USR2
  hang_up,     // HUP
  more,        // TTIN
  fewer,       // TTOU
  suspend,     // TSTP
  go_on,       // CONT
  hold,        // SIGRTMIN
  release,     // SIGRTMIN + 1
};

class RunSignals {
 public:
  // TSTP, and HUP of a terminal, keep their default effect until begin(). Error: no descriptor is
  // left.
  [[nodiscard]] static Result<RunSignals> open();
  // From the same thread, before it starts lasting threads: from now on all of them are messages.
  void begin() const;
  RunSignals(RunSignals&&) noexcept;
  RunSignals& operator=(RunSignals&&) = delete;
  RunSignals(const RunSignals&) = delete;
  RunSignals& operator=(const RunSignals&) = delete;
  // Discards unread ones and restores the mask.
  ~RunSignals();

  // Readable when a signal has arrived. Not open if signalfd is denied: then poll next().
  [[nodiscard]] const Fd& fd() const { return fd_; }
  // The next signal received; nothing if there is none. Skips TTIN and TTOU sent by a terminal.
  [[nodiscard]] std::optional<RunSignal> next() const;
  // Whether HUP requests an end because the terminal goes: there was one at the start. (When HUP
  // arrives it is gone already.)
  [[nodiscard]] bool hang_up_ends() const { return had_terminal_; }

 private:
  RunSignals() = default;
  Fd fd_;
  bool owns_ = false;  // restore the mask at the end
  bool had_terminal_ = false;
};

// Stops this process until it gets SIGCONT, as Ctrl-Z does.
void stop_this_process();
[[nodiscard]] bool has_terminal();

}  // namespace forknet::os
