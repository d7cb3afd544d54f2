// What the control groups of this process allow, of version 1 or 2: the tightest limit on the way
// from the process's own group up to the root. Groups that cannot be seen limit nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace forknet::os {

struct CgroupLimits {
  std::optional<double> cpus;                 // quota / period
  std::optional<std::uint64_t> memory_bytes;  // left, counting file pages that can be dropped
  std::optional<std::uint64_t> tasks;         // threads that may still be started (pids.max)
};

// `root` stands before /proc/self/cgroup and /sys/fs/cgroup; tests give a folder of their own.
[[nodiscard]] CgroupLimits read_cgroup_limits(const std::string& root = "");

}  // namespace forknet::os
