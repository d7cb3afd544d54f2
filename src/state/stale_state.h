// Files of states in memory that no run folder in sight holds as its own, and that no process works
// with: the folder was removed by hand, or moved to where it cannot be seen, or the process died
// before it listed them.
#pragma once

#include <string>
#include <vector>

namespace forknet::run {

struct StaleState {
  std::vector<std::string> files;  // this user's; the control page last, if there is one
  std::string folder;              // of the run, as it was; empty: unknown
  // No run can go on with it: it was never finished or listed, or its own folder has another one.
  // Else a folder that was moved may still want it.
  bool certain = false;
};

// Run folders are looked for where they were, and by their identity beside that and in `runs`.
[[nodiscard]] std::vector<StaleState> stale_states(const std::string& runs);

// Removes the files, unless a process works with them by now. A run that is just being started
// makes its own anew (live_state.h).
[[nodiscard]] bool remove_stale_state(const StaleState& state);

}  // namespace forknet::run
