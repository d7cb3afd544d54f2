// Sleeping until a word of memory changes (futex(2)). The word may lie in memory that processes
// share. Spurious returns are allowed: the caller looks at the word again.
#pragma once

#include <atomic>
#include <cstdint>

namespace forknet::os {

// Sleeps while `word` holds `expected`.
void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected);

// The same for at most `timeout_ns`.
void futex_wait_for(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
                    std::int64_t timeout_ns);

// Wakes all who sleep on `word`.
void futex_wake_all(const std::atomic<std::uint32_t>& word);

}  // namespace forknet::os
