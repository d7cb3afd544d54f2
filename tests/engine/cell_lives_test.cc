// Several cells that fail repeatedly: every step is committed once and in order.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/try.h"
#include "engine/fake_cells.h"
#include "random_cases.h"

namespace forknet::run {
namespace {

constexpr std::size_t kCells = 4;
constexpr std::uint64_t kFirst = 11;

// Fails at random in any of its calls, and checks the calls it gets.
class FrailCell final : public Cell {
 public:
  FrailCell(FakeGrid& grid, std::size_t number, std::uint64_t seed, std::atomic<int>& breaks)
      : control_(grid.control()),
        event_(grid.event()),
        number_(number),
        random_(seed + number),
        breaks_(breaks) {}

  Status enter(std::uint32_t generation) override {
    EXPECT_FALSE(within_);
    EXPECT_GE(generation, generation_);
    generation_ = generation;
    if (random_() % 40 == 0) return kGone;  // the cell dies
    within_ = true;
    return {};
  }
  Status begin(std::uint64_t step) override {
    EXPECT_EQ(step, control_.committed());
    return holds(60);
  }
  // No cell is ahead of the commit, and committed steps are not repeated.
  Status step(std::uint64_t number) override {
    EXPECT_EQ(number, control_.committed());
    EXPECT_TRUE(done == number || done == number + 1) << done << " before step " << number;
    FORKNET_TRY(holds(60));
    if (number_ == 0) control_.put_figures(number, {1.0, number, generation_});
    done = number + 1;
    return holds(60);
  }
  Status after_step(std::uint64_t steps) override {
    EXPECT_EQ(steps, done);
    return holds(60);
  }
  void leave() override {
    EXPECT_TRUE(within_);
    within_ = false;
  }
  [[nodiscard]] std::uint64_t wait_ns() const override { return 0; }

  std::uint64_t done = kFirst;

 private:
  Status holds(std::uint64_t times) {
    if (random_() % times != 0) return {};
    breaks_.fetch_add(1);
    os::tell(event_);
    return kGone;
  }
  Control& control_;
  const os::Fd& event_;
  const std::size_t number_;
  std::mt19937_64 random_;
  std::atomic<int>& breaks_;
  std::uint32_t generation_ = 0;
  bool within_ = false;
};

// Runs until the run is over; restarts the cell when it dies, which happens only on entering.
void live_and_be_replaced(const CellJob& job, FrailCell& cell) {
  while (true) {
    const Status lived = live(job, cell);
    if (lived.ok()) return;
    EXPECT_FALSE(job.coordinator.has_joined(job.spec.cell, job.coordinator.generation()));
  }
}

// Begins a generation after every failure until all steps are committed; returns their number.
std::uint32_t supervise(FakeGrid& grid, const std::atomic<int>& breaks) {
  std::uint32_t generation = 0;
  int seen = 0;
  grid.open(0);
  while (true) {
    grid.wait_until([&] { return grid.control().resting() || breaks.load() != seen; });
    if (grid.control().resting()) return generation;
    seen = breaks.load();
    grid.begin_and_open(++generation);
  }
}

TEST(CellLives, that_break_at_random_commit_every_step_once_and_in_order) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  for (std::size_t round = 0; round < test_cases(10); ++round) {
    const std::uint64_t until = kFirst + 200;
    FakeGrid grid(kCells, kFirst, until);
    std::atomic<int> breaks{0};
    std::vector<std::unique_ptr<FrailCell>> cells;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kCells; ++i) {
      cells.push_back(std::make_unique<FrailCell>(grid, i, seed + round * kCells, breaks));
      threads.emplace_back(
          [&grid, &cell = *cells.back(), i] { live_and_be_replaced(grid.job(i), cell); });
    }
    const std::uint32_t generations = supervise(grid, breaks);
    grid.control().exit();
    for (std::thread& thread : threads) thread.join();

    EXPECT_GT(generations, 5U);
    EXPECT_EQ(grid.control().committed(), until);
    for (const auto& cell : cells) EXPECT_EQ(cell->done, until);
    CommittedStep before = {};
    for (std::uint64_t step = kFirst; step < until; ++step) {
      const CommittedStep figures = grid.control().figures(step);
      EXPECT_EQ(figures.correct, step);
      EXPECT_GE(figures.rows, before.rows);  // generations
      EXPECT_GT(grid.control().committed_at_ns(step), 0);
      before = figures;
    }
  }
}

}  // namespace
}  // namespace forknet::run
