// Requests to stop that arrive as signals. Only the program makes one of these, at the top of main;
// the library never touches signal handlers.
//   first INT or TERM      requested() becomes its number; the run stops at the next step
//   second INT or TERM     the process ends at once by that signal (a shell sees 130 or 143); the
//                          same signal again within 50 ms counts as the first one
//   XCPU, ALRM, VTALRM or  the same request, however often they arrive: a limit of CPU time
//   PROF                   (RLIMIT_CPU), or a timer set before the program was started
//   QUIT                   the process ends at once, without a core file (131)
//   PIPE, XFSZ             ignored: a closed pipe and a file too large are errors of write()
// While end_at_once() is in effect the first INT or TERM already ends the process.
// A signal that was ignored at the start (nohup) stays ignored. If the kernel ignores default
// actions (process 1 of a container) the process exits with 128 + the signal's number.
#pragma once

#include <atomic>
#include <memory>
#include <optional>

namespace forknet::os {

class StopSignals {
 public:
  // At most one may exist at a time.
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  StopSignals(StopSignals&&) = delete;
  StopSignals& operator=(StopSignals&&) = delete;
  // Restores the former handlers.
  ~StopSignals();

  // Until wish() the first INT or TERM ends the process at once, by that signal or with that exit
  // code: for phases in which there is nothing to save.
  void end_at_once(std::optional<int> code = {});
  // Requests a stop as the first TERM does; no effect if one is requested already.
  static void ask();
  // Ends end_at_once(): from now on a signal is a request.
  void wish();

  // 0, or the number of the first INT or TERM. Lock-free; relaxed reads suffice, because it
  // publishes no other data.
  [[nodiscard]] const std::atomic<int>& requested() const;

 private:
  struct Former;
  std::unique_ptr<Former> former_;
};

// "SIGTERM" for 15, "SIGRTMIN+2"; "a signal" for a number without a name.
[[nodiscard]] const char* signal_name(int signal);

}  // namespace forknet::os
