// What a worker of models that train apart is told, and what it tells. An order is a model and a
// number; it is done when `done` holds its number. A worker that is started again finds the order
// that the one before it left, and goes on with it. Where models travel through pipes
// (model_pipes.h), the worker wishes for one and then to give it back, and the order is done when
// that has come whole. All zero at first.
#pragma once

#include <atomic>
#include <cstdint>

#include "os/futex.h"
#include "wire/channel.h"

namespace forknet::run {

struct WorkerControlBlock {
  // --- the Supervisor's
  alignas(64) std::atomic<std::uint64_t> order;  // number << 16 | model
  std::atomic<std::uint64_t> goal;  // steps of the model; may change while it is at work
  std::atomic<std::uint32_t> turn;  // changes after the others; what a worker sleeps on
  std::atomic<std::uint32_t> exit;
  // --- the worker's
  // Number of the last order that has been ended: at its goal, or where a loss was no number.
  alignas(64) std::atomic<std::uint64_t> done;
  std::atomic<std::uint64_t> wish;      // number << 1 | to give back
  std::atomic<std::uint64_t> steps;     // that it has taken
  std::atomic<std::uint64_t> steps_ns;  // spent within them
  wire::Traffic in;                     // models that it took
  wire::Traffic out;                    // and gave back

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

// Tells a worker that its words have changed.
inline void wake(WorkerControlBlock& words) {
  words.turn.fetch_add(1, std::memory_order_release);
  os::futex_wake_all(words.turn);
}

}  // namespace forknet::run
