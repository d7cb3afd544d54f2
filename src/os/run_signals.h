// Signals that ask a run for something, taken as messages by one thread while they are
// blocked everywhere: USR1, USR2, HUP, TTIN, TTOU, TSTP, CONT, SIGRTMIN, SIGRTMIN+1. One that was
// ignored at the start (nohup) stays ignored. Only the program makes one, before its other threads.
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
  // TSTP, and HUP of a terminal, still do what they do to any program, until begin().
  // Error: no descriptor is left.
  [[nodiscard]] static Result<RunSignals> open();
  // From the same thread, before it has started others that last: all of them are messages now.
  void begin() const;
  RunSignals(RunSignals&&) noexcept;
  RunSignals& operator=(RunSignals&&) = delete;
  RunSignals(const RunSignals&) = delete;
  RunSignals& operator=(const RunSignals&) = delete;
  // Those that nobody has read are forgotten; the mask is as it was.
  ~RunSignals();

  // Readable when one has come. Not open where signalfd is denied: then next() is to be asked now
  // and then.
  [[nodiscard]] const Fd& fd() const { return fd_; }
  // The next one that came; nothing when there is none. TTIN and TTOU of a terminal are left out.
  [[nodiscard]] std::optional<RunSignal> next() const;
  // HUP asks for an end, because the terminal goes: there was one at the start. (When HUP comes it
  // is gone already.)
  [[nodiscard]] bool hang_up_ends() const { return had_terminal_; }

 private:
  RunSignals() = default;
  Fd fd_;
  bool owns_ = false;  // the mask is to be put back
  bool had_terminal_ = false;
};

// Stops this process until somebody continues it, as Ctrl-Z does.
void stop_this_process();
[[nodiscard]] bool has_terminal();

}  // namespace forknet::os
