// The wish to stop, as signals bring it to the program. Only the program makes one of these, at the
// top of main; the library never touches signal handlers.
//   first INT or TERM    requested() becomes its number; the run stops at the next step
//   second INT or TERM   the process ends at once by that signal (a shell sees 130 or 143); the
//   same
//                        one within a twentieth of a second is the first one, sent twice
//   XCPU, ALRM, VTALRM,  the same wish, however often they come: a limit of CPU time (RLIMIT_CPU)
//   or PROF                 a timer that was set before the program was started QUIT the process
//   ends at once, without a core file (131) PIPE, XFSZ           ignored: a closed pipe and a file
//   too large are errors of write()
// before that, while end_at_once() holds, already the first ends the process.
// A signal that was ignored at the start (nohup) stays ignored. The process ends by the signal also
// where the kernel shields it from default actions (process 1 of a container): by 128 + its number.
#pragma once

#include <atomic>
#include <memory>
#include <optional>

namespace forknet::os {

class StopSignals {
 public:
  // At most one lives at a time.
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  StopSignals(StopSignals&&) = delete;
  StopSignals& operator=(StopSignals&&) = delete;
  // Puts the former handlers back.
  ~StopSignals();

  // As long as nothing is there that a stop would have to save, the first INT or TERM ends the
  // process at once: by that signal or, with an exit code, with that.
  void end_at_once(std::optional<int> code = {});
  // The same as a TERM where none has come yet; of no effect where a stop is wished already.
  static void ask();
  // No longer: from now on it is a wish.
  void wish();

  // 0, or the number of the first INT or TERM. Lock-free; relaxed reads are enough, as nothing else
  // is handed over by it.
  [[nodiscard]] const std::atomic<int>& requested() const;

 private:
  struct Former;
  std::unique_ptr<Former> former_;
};

// "SIGTERM" for 15, "SIGRTMIN+2"; "a signal" for what is none.
[[nodiscard]] const char* signal_name(int signal);

}  // namespace forknet::os
