// The memory that this process may still use, and the machine's cache sizes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace forknet::os {

// The machine's available memory or the rest of the cgroup's, the lesser of both; nothing if
// neither can be read.
[[nodiscard]] std::optional<std::uint64_t> available_memory_bytes();

// The machine's total memory.
[[nodiscard]] std::uint64_t total_memory_bytes();

struct TmpfsSize {
  std::uint64_t total_bytes = 0;
  std::uint64_t free_bytes = 0;
};

// The size of /dev/shm; nothing if it is missing or not a tmpfs.
[[nodiscard]] std::optional<TmpfsSize> shared_memory_size();

// Processes that the kernel has killed for lack of memory since the machine started, in any control
// group; nothing if it does not say. `root` is prefixed to /proc/vmstat; tests give a folder of
// their own.
[[nodiscard]] std::optional<std::uint64_t> out_of_memory_kills(const std::string& root = "");

// Size of the CPU's third-level cache, summed over all cores; 0: none, or unknown.
[[nodiscard]] std::size_t third_level_cache_bytes();

}  // namespace forknet::os
