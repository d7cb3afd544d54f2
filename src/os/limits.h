// How many processes and threads this process may still start, and how many files it may open.
// Checked before many are needed, so that an error has numbers and nothing is half-started.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace forknet::os {

struct TaskLimit {
  std::uint64_t left = 0;
  // "pids.max of the control group", "RLIMIT_NPROC", "kernel.threads-max", "kernel.pid_max"
  std::string source;
};

// The tightest limit. `root` is prefixed to /proc and /sys; tests give a folder of their own.
[[nodiscard]] TaskLimit task_limit(const std::string& root = "");

// Threads that fit into one process with two mappings per stack (vm.max_map_count); nothing if the
// kernel does not say.
[[nodiscard]] std::optional<std::uint64_t> threads_of_process(const std::string& root = "");

// Descriptors that this process may still open (ulimit -n); nothing if there is no limit.
[[nodiscard]] std::optional<std::uint64_t> descriptors_left();
// Whether none is left, in this process or on the machine: the cause of a failure to make a file.
[[nodiscard]] bool descriptors_used_up();

}  // namespace forknet::os
