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

  // Returns when all members have called it: true. What any of them wrote before, all see after.
  // False: it was broken up, and is of no use any more.
  bool wait();
  // Somebody will never come: all who wait return, and whoever comes later does not wait.
  void abort();
  [[nodiscard]] bool broken_up() const { return broken_.load(std::memory_order_seq_cst) != 0; }

 private:
  const std::uint32_t members_;
  const std::uint32_t spins_;
  alignas(64) std::atomic<std::uint32_t> arrived_{0};
  alignas(64) std::atomic<std::uint32_t> round_{0};
  std::atomic<std::uint32_t> sleepers_{0};
  std::atomic<std::uint32_t> broken_{0};  // seq_cst, against round_: set before it changes
};

// How often a waiter of `threads` busy threads should look before it sleeps, on `cpus` CPUs.
[[nodiscard]] std::uint32_t spins_for(std::size_t threads, std::size_t cpus);

}  // namespace forknet::os
