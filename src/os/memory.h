// How much memory this process may still use.
#pragma once

#include <cstdint>
#include <optional>

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

}  // namespace forknet::os
