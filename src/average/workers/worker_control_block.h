// The control block between the Supervisor and a worker of models that train apart. An order is a
// model and a number; it is done when `done` holds its number. A restarted worker continues with
// the order of its predecessor. If models are sent through pipes (model_pipes.h), the worker
// requests a model and later its return, and the order is done when the return is complete.
// Initially zero.
#pragma once

#include <atomic>
#include <cstdint>

#include "os/futex.h"
#include "wire/channel.h"

namespace forknet::run {

struct WorkerControlBlock {
  // --- written by the Supervisor
  alignas(64) std::atomic<std::uint64_t> order;  // number << 16 | model
  std::atomic<std::uint64_t> goal;     // steps of the model; may change while the worker trains it
  std::atomic<std::uint32_t> wakeups;  // changed after the others; futex of the worker
  std::atomic<std::uint32_t> exit;
  // --- written by the worker
  // Number of the last order done: at its goal, or at a loss that is not finite.
  alignas(64) std::atomic<std::uint64_t> done;
  std::atomic<std::uint64_t> wish;      // number << 1 | 1 to return the model
  std::atomic<std::uint64_t> steps;     // taken by the worker
  std::atomic<std::uint64_t> steps_ns;  // time spent in steps
  wire::Traffic in;                     // models received
  wire::Traffic out;                    // models returned

  static constexpr int kModelBits = 16;
  [[nodiscard]] std::uint64_t number() const {
    return order.load(std::memory_order_acquire) >> kModelBits;
  }
  [[nodiscard]] std::size_t model() const {
    return order.load(std::memory_order_acquire) & ((std::uint64_t{1} << kModelBits) - 1);
  }
  [[nodiscard]] bool idle() const { return done.load(std::memory_order_acquire) == number(); }
  enum class Wish : std::uint64_t { model, give_back };
  void wishes(std::uint64_t order_number, Wish what) {
    wish.store(order_number << 1 | static_cast<std::uint64_t>(what), std::memory_order_release);
  }
  [[nodiscard]] bool wishes_now(Wish what) const {
    return wish.load(std::memory_order_acquire) ==
           (number() << 1 | static_cast<std::uint64_t>(what));
  }
};

// Wakes a worker after a change of its control block.
inline void wake(WorkerControlBlock& words) {
  words.wakeups.fetch_add(1, std::memory_order_release);
  os::futex_wake_all(words.wakeups);
}

}  // namespace forknet::run
