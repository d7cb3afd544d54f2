#include "cell/thread_team.h"

#include <string>
#include <utility>

#include "base/try.h"
#include "math/float_state.h"
#include "os/cpu.h"
#include "os/futex.h"
#include "os/scheduler_slice.h"

namespace forknet::cell {

ThreadTeam::ThreadTeam(const GridShape& shape, std::size_t first, std::size_t count,
                       std::uint32_t spins, std::vector<int> pins)
    : shape_(shape),
      first_(first),
      count_(count),
      short_slices_(spins > 0),
      pins_(std::move(pins)),
      all_(count, spins) {}

Result<std::unique_ptr<ThreadTeam>> ThreadTeam::create(const GridShape& shape, std::size_t first,
                                                       std::size_t count, std::uint32_t spins,
                                                       const std::vector<int>& pins) {
  std::unique_ptr<ThreadTeam> team(new ThreadTeam(shape, first, count, spins, pins));
  FORKNET_TRY(team->start());
  return team;
}

Status ThreadTeam::start() {
  threads_.reserve(count_ - 1);
  for (std::size_t i = 1; i < count_; ++i) {
    const std::string what = "thread " + std::to_string(i + 1) + " of " + std::to_string(count_);
    auto thread = os::Thread::start(what, [this, i] { work(first_ + i); });
    if (!thread.ok()) {
      open_gate(Gate::abandoned);
      return thread.error();
    }
    threads_.push_back(std::move(*thread));
  }
  open_gate(Gate::open);
  return {};
}

void ThreadTeam::open_gate(Gate gate) {
  gate_.store(static_cast<std::uint32_t>(gate), std::memory_order_release);
  os::futex_wake_all(gate_);
}

ThreadTeam::~ThreadTeam() {
  if (gate_.load(std::memory_order_relaxed) == static_cast<std::uint32_t>(Gate::open)) {
    stopping_ = true;
    all_.wait();
  }
  threads_.clear();  // joins
}

// The barrier at the beginning publishes the writes of the first worker to all; the one at the end
// publishes the writes of all to the first.
void ThreadTeam::run_round() {
  all_.wait();
  call_(callable_, Worker{first_, shape_});
  all_.wait();
}

void ThreadTeam::work(std::size_t index) {
  constexpr auto kClosed = static_cast<std::uint32_t>(Gate::closed);
  while (gate_.load(std::memory_order_acquire) == kClosed) os::futex_wait(gate_, kClosed);
  if (gate_.load(std::memory_order_relaxed) != static_cast<std::uint32_t>(Gate::open)) return;
  const math::FloatStateScope float_state;  // independent of the inherited state
  // If the CPU was taken away meanwhile, the thread runs on any allowed CPU.
  if (!pins_.empty()) (void)os::pin_this_thread(pins_[index]);
  const os::SchedulerSlice turns(short_slices_);
  while (true) {
    all_.wait();
    if (stopping_) return;
    call_(callable_, Worker{index, shape_});
    all_.wait();
  }
}

}  // namespace forknet::cell
