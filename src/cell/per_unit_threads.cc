#include "cell/per_unit_threads.h"

#include <fmt/format.h>

#include <numeric>
#include <utility>

#include "base/try.h"
#include "math/float_state.h"
#include "os/futex.h"
#include "os/process.h"

namespace forknet::cell {

Result<std::unique_ptr<PerUnitThreads>> PerUnitThreads::create(
    const std::vector<std::size_t>& sizes) {
  std::unique_ptr<PerUnitThreads> unit_threads(new PerUnitThreads);
  FORKNET_TRY(unit_threads->start(sizes));
  return unit_threads;
}

Status PerUnitThreads::start(const std::vector<std::size_t>& sizes) {
  const std::size_t all = std::accumulate(sizes.begin(), sizes.end(), std::size_t{0});
  for (const std::size_t size : sizes) {
    groups_.push_back(std::make_unique<Group>());
    groups_.back()->count = size;
  }
  threads_.reserve(all);
  for (std::size_t group = 0; group < sizes.size(); ++group) {
    for (std::size_t i = 0; i < sizes[group]; ++i) {
      const auto what =
          fmt::format("thread {} of {} (one thread per neuron)", threads_.size() + 1, all);
      FORKNET_ASSIGN(os::Thread thread,
                     os::Thread::start(what, [this, group, i] { live(group, i); }));
      threads_.push_back(std::move(thread));
    }
  }
  return {};
}

PerUnitThreads::~PerUnitThreads() {
  stopping_.store(true, std::memory_order_relaxed);
  for (const auto& group : groups_) {
    group->round.fetch_add(1, std::memory_order_release);
    os::futex_wake_all(group->round);
  }
  threads_.clear();  // joins
}

void PerUnitThreads::run_group(Group& group) {
  group.left.store(static_cast<std::uint32_t>(group.count), std::memory_order_relaxed);
  group.round.fetch_add(1, std::memory_order_release);
  os::futex_wake_all(group.round);
  for (std::uint32_t left = group.left.load(std::memory_order_acquire); left != 0;
       left = group.left.load(std::memory_order_acquire)) {
    os::futex_wait(group.left, left);
  }
}

void PerUnitThreads::live(std::size_t number, std::size_t index) {
  os::name_this_thread(fmt::format("neuron {}.{}", number, index));
  const math::FloatStateScope float_state;  // independent of the inherited state
  Group& group = *groups_[number];
  std::uint32_t round = 0;
  while (true) {
    while (group.round.load(std::memory_order_acquire) == round) os::futex_wait(group.round, round);
    ++round;
    if (stopping_.load(std::memory_order_relaxed)) return;
    call_(callable_, index);
    if (group.left.fetch_sub(1, std::memory_order_acq_rel) == 1) os::futex_wake_all(group.left);
  }
}

}  // namespace forknet::cell
