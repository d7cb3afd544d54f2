// The limits of this process's control groups, version 1 or 2: the tightest between its own group
// and the root. Groups that cannot be seen set no limit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace forknet::os {

// Each reads the files of its own limit alone: a run asks for one at a time. `root` is prefixed to
// /proc/self/cgroup and /sys/fs/cgroup; tests give a folder of their own.

// quota / period.
[[nodiscard]] std::optional<double> cgroup_cpus(const std::string& root = "");

// Free, including file pages that can be dropped.
[[nodiscard]] std::optional<std::uint64_t> cgroup_memory_bytes(const std::string& root = "");

// Threads that may still be started (pids.max).
[[nodiscard]] std::optional<std::uint64_t> cgroup_tasks(const std::string& root = "");

}  // namespace forknet::os
