// The process of one run of a comparison: this program again, started as `forknet train`. It ends
// when the comparison's process ends, however that dies; its state outlives both. What it prints
// goes into an unnamed file.
#pragma once

#include <forknet/result.h>

#include <optional>
#include <string>
#include <vector>

#include "os/child_process.h"
#include "os/pipe.h"

namespace forknet::sweep {

// Begins the words of such a process.
inline constexpr const char* kTrialWord = "--forknet-trial";

// At the top of main: if the words begin so, removes that word and ties this process to the one
// that started it.
[[nodiscard]] Status live_as_trial(std::vector<std::string>& words);

// What all of them share; outlives them.
struct TrialHost {
  os::Fd program;
  os::PipeEnds lifeline;  // its end of file tells them that this process has died

  [[nodiscard]] static Result<TrialHost> open();
};

class TrialProcess {
 public:
  // `words` of forknet train, "train" first.
  [[nodiscard]] static Result<TrialProcess> start(const TrialHost& host,
                                                  const std::vector<std::string>& words);

  [[nodiscard]] int pid() const { return process_.pid(); }
  [[nodiscard]] const os::Fd& pidfd() const { return process_.pidfd(); }
  [[nodiscard]] bool ended() { return process_.ended(); }
  // Once it has ended: its exit code; nothing: a signal ended it, as ending() says.
  [[nodiscard]] std::optional<int> exit_code() const { return process_.exit_code(); }
  [[nodiscard]] const std::string& ending() const { return process_.ending(); }
  // The last message that it printed, without "forknet: ".
  [[nodiscard]] std::string message() const;
  // Asks it to save and end.
  void stop() { process_.terminate(); }

 private:
  os::ChildProcess process_;
  os::Fd printed_;
};

}  // namespace forknet::sweep
