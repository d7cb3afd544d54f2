// Files of states in memory whose run is gone: its folder was removed by hand, or its process died
// before it listed them.
#pragma once

#include <string>
#include <vector>

namespace forknet::run {

// This user's, of runs that no process works on.
[[nodiscard]] std::vector<std::string> orphaned_state_files();

}  // namespace forknet::run
