// The limits of this process's control groups, version 1 or 2: the tightest between its own group
// and the root. Groups that cannot be seen set no limit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace forknet::os {

struct CgroupLimits {
  std::optional<double> cpus;                 // quota / period
  std::optional<std::uint64_t> memory_bytes;  // free, including file pages that can be dropped
  std::optional<std::uint64_t> tasks;         // threads that may still be started (pids.max)
};

// `root` is prefixed to /proc/self/cgroup and /sys/fs/cgroup; tests give a folder of their own.
[[nodiscard]] CgroupLimits read_cgroup_limits(const std::string& root = "");

}  // namespace forknet::os
