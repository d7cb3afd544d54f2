// How many processes and threads this process may still start, and how many files it may open:
// asked before many are, so that a refusal has numbers and nothing is half-started.
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

// The tightest limit. `root` stands before /proc and /sys; tests give a folder of their own.
[[nodiscard]] TaskLimit task_limit(const std::string& root = "");

// Threads that fit into one process, whose stacks are two mappings each (vm.max_map_count); nothing
// when the kernel does not say.
[[nodiscard]] std::optional<std::uint64_t> threads_of_process(const std::string& root = "");

// Descriptors that this process may still have (ulimit -n); nothing when it is not limited.
[[nodiscard]] std::optional<std::uint64_t> descriptors_left();
// There is none left, in this process or on the machine: what a failure to make a file then means.
[[nodiscard]] bool descriptors_used_up();

}  // namespace forknet::os
