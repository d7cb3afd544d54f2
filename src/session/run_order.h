// Runs of a folder in the order in which they were started.
#pragma once

#include <string>
#include <vector>

namespace forknet::run {

// Sorts names of runs in the folder `runs` by their start, the newest last: by the time in
// meta.json, within a second by the modification time of that file, then by name. Runs without a
// readable meta.json come first.
void sort_by_start(const std::string& runs, std::vector<std::string>& names);

}  // namespace forknet::run
