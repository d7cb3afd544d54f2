// Files of stale states in memory: no process uses them, and no known run folder owns them. The
// folder was removed by hand or moved to an unknown place, or the process died before it listed the
// files.
#pragma once

#include <string>
#include <vector>

namespace forknet::run {

struct StaleState {
  std::vector<std::string> files;  // this user's; the control page last, if there is one
  std::string folder;              // of the run, its old path; empty: unknown
  // No run can continue with it: it was never finished or listed, or its folder has another state.
  // Else a folder that was moved may still need it.
  bool certain = false;
};

// Looks for run folders at their old paths, and by their identities beside those and in `runs`.
[[nodiscard]] std::vector<StaleState> stale_states(const std::string& runs);

// Removes the files unless a process now uses them. False: not removed. A run that is being started
// makes its own again (live_state.h).
[[nodiscard]] bool remove_stale_state(const StaleState& state);

}  // namespace forknet::run
