// Where a fixed number of threads meet, again and again. Owns nothing but its words.
//
// A waiter looks `spins` times before it sleeps in a futex: on CPUs of their own threads meet
// within a microsecond, waking a sleeper takes twenty. With more threads than CPUs a spinning
// waiter keeps the CPU from the one it waits for, so `spins` is 0 there (spins_for).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace forknet::os {

class Barrier {
 public:
  // members >= 1
  explicit Barrier(std::size_t members, std::uint32_t spins = 0);

  // Returns when all members have called it. What any of them wrote before, all see after.
  void wait();

 private:
  const std::uint32_t members_;
  const std::uint32_t spins_;
  alignas(64) std::atomic<std::uint32_t> arrived_{0};
  alignas(64) std::atomic<std::uint32_t> round_{0};
  std::atomic<std::uint32_t> sleepers_{0};
};

// How often a waiter of `threads` busy threads should look before it sleeps, on `cpus` CPUs.
[[nodiscard]] std::uint32_t spins_for(std::size_t threads, std::size_t cpus);

}  // namespace forknet::os
