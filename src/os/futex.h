// Sleeps until a word in memory changes (futex(2)). Processes may share the word. Spurious returns
// are allowed: the caller checks the word again.
#pragma once

#include <atomic>
#include <cstdint>

namespace forknet::os {

// Sleeps while `word` holds `expected`.
void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected);

// The same for at most `timeout_ns`.
void futex_wait_for(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
                    std::int64_t timeout_ns);

// Wakes all threads that sleep on `word`.
void futex_wake_all(const std::atomic<std::uint32_t>& word);

}  // namespace forknet::os
