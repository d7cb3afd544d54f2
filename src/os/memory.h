// How much memory this process may still use, and how large the machine's caches are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace forknet::os {

// The machine's available memory or what the cgroup has left, whichever is less; nothing when
// neither can be read.
[[nodiscard]] std::optional<std::uint64_t> available_memory_bytes();

// The machine's memory.
[[nodiscard]] std::uint64_t total_memory_bytes();

struct TmpfsSize {
  std::uint64_t total_bytes = 0;
  std::uint64_t free_bytes = 0;
};

// The size of /dev/shm; nothing when it is missing or no tmpfs.
[[nodiscard]] std::optional<TmpfsSize> shared_memory_size();

// How many processes the kernel has ended for want of memory since the machine started, in whatever
// control group; nothing when it does not say. `root` stands before /proc/vmstat; tests give their
// own.
[[nodiscard]] std::optional<std::uint64_t> out_of_memory_kills(const std::string& root = "");

// The CPU's third-level cache, all cores' together; 0: it has none, or does not say.
[[nodiscard]] std::size_t third_level_cache_bytes();

}  // namespace forknet::os
