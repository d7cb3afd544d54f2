// A reusable barrier for a fixed number of threads. Owns no memory beyond its members.
//
// A waiter spins `spins` times before it sleeps in a futex: threads with CPUs of their own
// synchronise within a microsecond, waking a sleeper takes twenty. With more threads than CPUs a
// spinning waiter would delay the threads it waits for, so spins_for() gives 0 there.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace forknet::os {

class Barrier {
 public:
  // members >= 1
  explicit Barrier(std::size_t members, std::uint32_t spins = 0);

  // True: all members have called it, and each sees what the others wrote before. False: the
  // barrier was aborted and must not be used again.
  bool wait();
  // For a member that will never arrive: all waiters return, and later calls do not wait.
  void abort();
  [[nodiscard]] bool broken_up() const { return aborted_.load(std::memory_order_seq_cst) != 0; }

 private:
  const std::uint32_t members_;
  const std::uint32_t spins_;
  alignas(64) std::atomic<std::uint32_t> arrived_{0};
  alignas(64) std::atomic<std::uint32_t> round_{0};
  std::atomic<std::uint32_t> sleepers_{0};
  std::atomic<std::uint32_t> aborted_{0};  // seq_cst, against round_: set before it
};

// How often a waiter of `threads` busy threads on `cpus` CPUs should spin before it sleeps.
[[nodiscard]] std::uint32_t spins_for(std::size_t threads, std::size_t cpus);

}  // namespace forknet::os
