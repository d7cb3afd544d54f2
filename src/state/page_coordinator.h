// The coordinator of cells that all map one page (control.h). Each process has its own object for
// the page.
#pragma once

#include "state/control.h"
#include "state/coordinator.h"

namespace forknet::run {

class PageCoordinator final : public Coordinator {
 public:
  // The page outlives this object.
  explicit PageCoordinator(Control& page) : page_(page) {}

  [[nodiscard]] std::uint64_t committed() const override { return page_.committed(); }
  [[nodiscard]] bool resting() const override { return page_.resting(); }
  [[nodiscard]] bool over() const override { return page_.over(); }
  [[nodiscard]] std::uint32_t generation() const override { return page_.generation(); }
  [[nodiscard]] bool undrained() const override { return page_.undrained(); }
  [[nodiscard]] CellCounts counts(std::size_t cell) const override {
    const CellControlBlock& block = page_.cells[cell];
    return {block.steps_ns.load(std::memory_order_relaxed),
            block.wait_ns.load(std::memory_order_relaxed),
            block.arena.load(std::memory_order_relaxed),
            block.deaths.load(std::memory_order_relaxed)};
  }
  [[nodiscard]] cell::CellTraffic traffic(std::size_t cell) const override {
    return {&page_.cells[cell].in, &page_.cells[cell].out};
  }

  void may_run_to(std::uint64_t step) override { page_.may_run_to(step); }
  void go_on() override { page_.go_on(); }
  void exit() override { page_.exit(); }
  void begin_generation(std::uint32_t generation) override { page_.begin_generation(generation); }
  void open_generation(std::uint32_t generation) override { page_.open_generation(generation); }
  void put_drained() override { page_.put_drained(); }
  void put_started(std::size_t cell, int pid, std::uint64_t ticks) override {
    page_.cells[cell].pid.store(pid, std::memory_order_relaxed);
    page_.cells[cell].pid_ticks.store(ticks, std::memory_order_relaxed);
  }
  void put_death(std::size_t cell) override {
    page_.cells[cell].deaths.fetch_add(1, std::memory_order_relaxed);
  }
  [[nodiscard]] bool has_joined(std::size_t cell, std::uint32_t generation) const override {
    return page_.has_joined(cell, generation);
  }
  [[nodiscard]] bool has_finished(std::size_t cell) const override {
    return page_.has_finished(cell);
  }
  // acquire; pairs with the release in put_has_weights().
  [[nodiscard]] bool has_weights(std::size_t cell) const override {
    return page_.cells[cell].filled.load(std::memory_order_acquire) != 0;
  }
  [[nodiscard]] const CommittedStep& figures(std::uint64_t step) const override {
    return page_.figures(step);
  }
  [[nodiscard]] std::int64_t committed_at_ns(std::uint64_t step) const override {
    return page_.committed_at_ns(step);
  }

  void join(std::size_t cell, std::uint32_t generation) override { page_.join(cell, generation); }
  void put_has_weights(std::size_t cell) override {
    page_.cells[cell].filled.store(1, std::memory_order_release);
  }
  void put_figures(std::uint64_t step, const cell::BatchSums& sums) override {
    page_.put_figures(step, sums);
  }
  void put_written(std::size_t cell, std::uint64_t steps, std::uint64_t sum) override {
    page_.cells[cell].written.put(steps, sum);
  }
  void put_arena(std::size_t cell, std::uint64_t bytes) override {
    page_.cells[cell].arena.store(bytes, std::memory_order_relaxed);
  }
  void count_step(std::size_t cell, std::uint64_t ns, std::uint64_t wait_ns) override {
    page_.cells[cell].steps_ns.fetch_add(ns, std::memory_order_relaxed);
    page_.cells[cell].wait_ns.store(wait_ns, std::memory_order_relaxed);
  }
  [[nodiscard]] bool finish(std::size_t cell, std::size_t cells, std::uint32_t generation,
                            std::uint64_t step) override {
    return page_.finish(cell, cells, generation, step);
  }
  [[nodiscard]] bool await_open(std::uint32_t generation) override {
    return page_.await_open(generation);
  }
  [[nodiscard]] bool await_newer(std::uint32_t generation, std::int64_t patience_ns) override {
    return page_.await_newer(generation, patience_ns);
  }
  [[nodiscard]] bool await(std::uint64_t step, std::uint32_t generation,
                           std::uint32_t spins) override {
    return page_.await(step, generation, spins);
  }
  [[nodiscard]] bool rests_after(std::uint64_t steps, std::uint32_t generation,
                                 std::uint32_t spins) override {
    return page_.rests_after(steps, generation, spins);
  }
  [[nodiscard]] const std::atomic<std::uint32_t>& generation_now() const override {
    return page_.generation_word();
  }

 private:
  Control& page_;
};

}  // namespace forknet::run
