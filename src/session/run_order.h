// Runs of a folder in the order in which they were started.
#pragma once

#include <string>
#include <vector>

namespace forknet::run {

// Puts names of runs in the folder `runs` into that order, the newest last: by the time in their
// meta.json, within a second by when that file was written, then by name. Runs without a readable
// meta.json come first.
void sort_by_start(const std::string& runs, std::vector<std::string>& names);

}  // namespace forknet::run
