#include "os/barrier.h"

#include "base/check.h"
#include "os/cpu_pause.h"
#include "os/futex.h"

namespace forknet::os {
namespace {

// Some 100 microseconds: longer than members of a well-shared phase wait for each other, shorter
// than anybody notices.
constexpr std::uint32_t kSpins = 4000;

}  // namespace

Barrier::Barrier(std::size_t members, std::uint32_t spins)
    : members_(static_cast<std::uint32_t>(members)), spins_(spins) {
  FORKNET_CHECK(members >= 1);
}

bool Barrier::wait() {
  const std::uint32_t round = round_.load(std::memory_order_relaxed);
  if (broken_up()) return false;
  // acq_rel: the last one to arrive has seen what all others wrote, and hands it on with `round_`.
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == members_) {
    arrived_.store(0, std::memory_order_relaxed);
    // seq_cst, against sleepers_: either this sees the sleeper, or the sleeper sees the new round.
    round_.store(round + 1, std::memory_order_seq_cst);
    if (sleepers_.load(std::memory_order_seq_cst) > 0) futex_wake_all(round_);
    return !broken_up();
  }
  for (std::uint32_t spin = 0; spin < spins_; ++spin) {
    if (round_.load(std::memory_order_acquire) != round) return !broken_up();
    pause_cpu();
  }
  sleepers_.fetch_add(1, std::memory_order_seq_cst);
  while (round_.load(std::memory_order_seq_cst) == round && !broken_up()) futex_wait(round_, round);
  sleepers_.fetch_sub(1, std::memory_order_relaxed);
  return !broken_up();
}

// Whoever looked at `broken_` before it was set finds the round changed, or is woken.
void Barrier::abort() {
  broken_.store(1, std::memory_order_seq_cst);
  round_.fetch_add(1, std::memory_order_seq_cst);
  futex_wake_all(round_);
}

std::uint32_t spins_for(std::size_t threads, std::size_t cpus) {
  return threads <= cpus ? kSpins : 0;
}

}  // namespace forknet::os
