#include "state/control.h"

#include <cmath>

#include "base/clock.h"
#include "os/cpu_pause.h"
#include "os/failpoint.h"
#include "os/futex.h"

namespace forknet::run {
namespace {

constexpr int kGenerationShift = 48;

constexpr std::uint64_t finished_word(std::uint32_t generation, std::uint64_t steps) {
  return (std::uint64_t{generation} << kGenerationShift) | steps;
}

}  // namespace

void Control::prepare(std::uint64_t first_step) {
  until_.store(first_step);
  for (CellControlBlock& cell : cells) cell.finished.store(finished_word(0, first_step));
  drained_.store(first_step);
  begin(first_step);
}

// seq_cst, against sleepers_: either this sees the sleeper, or the sleeper sees the new turn.
void Control::wake() {
  turn_.fetch_add(1, std::memory_order_seq_cst);
  if (sleepers_.load(std::memory_order_seq_cst) > 0) os::futex_wake_all(turn_);
}

void Control::go_on() {
  std::uint64_t seen = commit_.load(std::memory_order_acquire);
  if ((seen & 1) == 0 || until_.load(std::memory_order_relaxed) <= seen >> 1) return;
  // There is no other writer during a rest.
  commit_.store(seen & ~std::uint64_t{1}, std::memory_order_seq_cst);
  wake();
}

void Control::begin_generation(std::uint32_t generation) {
  generation_.store(generation, std::memory_order_seq_cst);
  wake();
}

void Control::open_generation(std::uint32_t generation) {
  opened_.store(generation + 1, std::memory_order_seq_cst);
  wake();
}

void Control::exit() {
  exit_.store(1, std::memory_order_seq_cst);
  wake();
}

template <class Ready>
bool Control::wait_for(Ready ready, std::uint32_t generation, std::uint32_t spins) {
  for (std::uint32_t spin = 0; spin < spins; ++spin) {
    if (ready()) return this->generation() == generation;
    os::pause_cpu();
  }
  sleepers_.fetch_add(1, std::memory_order_seq_cst);
  bool is_ready = false;
  while (true) {
    const std::uint32_t turn = turn_.load(std::memory_order_seq_cst);
    is_ready = ready();
    if (generation_.load(std::memory_order_seq_cst) != generation) is_ready = false;
    if (is_ready || exit_.load(std::memory_order_seq_cst) != 0) break;
    if (generation_.load(std::memory_order_seq_cst) != generation) break;
    os::futex_wait(turn_, turn);
  }
  sleepers_.fetch_sub(1, std::memory_order_relaxed);
  return is_ready;
}

bool Control::await_open(std::uint32_t generation) {
  return wait_for([&] { return is_open(generation); }, generation, 0);
}

bool Control::await_newer(std::uint32_t generation, std::int64_t patience_ns) {
  const std::int64_t until = monotonic_ns() + patience_ns;
  sleepers_.fetch_add(1, std::memory_order_seq_cst);
  while (!over()) {
    const std::uint32_t turn = turn_.load(std::memory_order_seq_cst);
    const std::int64_t left = until - monotonic_ns();
    if (this->generation() != generation || left <= 0) break;
    os::futex_wait_for(turn_, turn, left);
  }
  sleepers_.fetch_sub(1, std::memory_order_relaxed);
  return !over() && this->generation() != generation;
}

bool Control::await(std::uint64_t step, std::uint32_t generation, std::uint32_t spins) {
  return wait_for([&] { return may_begin(step); }, generation, spins);
}

bool Control::rests_after(std::uint64_t steps, std::uint32_t generation, std::uint32_t spins) {
  std::uint64_t seen = 0;
  const bool committed = wait_for(
      [&] {
        seen = commit_.load(std::memory_order_seq_cst);
        return seen >> 1 >= steps;
      },
      generation, spins);
  return committed && (seen & 1) != 0;
}

bool Control::has_finished(std::size_t cell) const {
  return cells[cell].finished.load(std::memory_order_acquire) ==
         finished_word(generation(), committed() + 1);
}

bool Control::finish(std::size_t cell, std::size_t count, std::uint32_t generation,
                     std::uint64_t step) {
  cells[cell].finished.store(finished_word(generation, step + 1), std::memory_order_seq_cst);
  FORKNET_FAILPOINT("finished/stored");
  for (std::size_t i = 0; i < count; ++i) {
    if (cells[i].finished.load(std::memory_order_seq_cst) != finished_word(generation, step + 1)) {
      return false;
    }
  }
  return commit(step);
}

// Called by a cell that saw all cells finished; if two did, one of them commits.
bool Control::commit(std::uint64_t step) {
  std::uint64_t before = step << 1;
  const bool rests =
      step + 1 >= until_.load(std::memory_order_seq_cst) || !std::isfinite(figures(step).loss);
  times_[step % kFigures].store(monotonic_ns(), std::memory_order_relaxed);
  const std::uint64_t after = (step + 1) << 1 | (rests ? 1U : 0U);
  FORKNET_FAILPOINT("commit/before");
  if (!commit_.compare_exchange_strong(before, after, std::memory_order_seq_cst)) return false;
  FORKNET_FAILPOINT("commit/after");
  wake();
  return rests;
}

}  // namespace forknet::run
