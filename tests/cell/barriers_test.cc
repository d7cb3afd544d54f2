#include "cell/barriers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "cell/whole_team.h"

namespace forknet::cell {
namespace {

// 64-byte aligned and zero, like a mapping.
class StageMemory {
 public:
  explicit StageMemory(const GridShape& shape)
      : lines_(Barriers::stage_bytes(shape) / sizeof(Line)) {}
  std::span<std::byte> bytes() { return std::as_writable_bytes(std::span(lines_)); }

 private:
  struct alignas(64) Line {
    std::byte bytes[64] = {};
  };
  std::vector<Line> lines_;
};

// How often, in 200 rounds, a worker left a barrier before another one had arrived.
template <class Meet, class Met>
int early(const GridShape& shape, Meet meet, Met met) {
  const auto team = whole(shape);
  std::vector<std::atomic<int>> round_of(shape.workers());
  std::atomic<int> early{0};
  for (int round = 1; round <= 200; ++round) {
    team->run([&](const Worker& worker) {
      round_of[worker.index].store(round, std::memory_order_relaxed);
      meet(worker);
      for (std::size_t other = 0; other < shape.workers(); ++other) {
        if (!met(worker, Worker{other, shape})) continue;
        if (round_of[other].load(std::memory_order_relaxed) != round) early.fetch_add(1);
      }
    });
  }
  return early.load();
}

constexpr auto kSameCell = [](const Worker& a, const Worker& b) { return a.cell() == b.cell(); };
constexpr auto kSameStage = [](const Worker& a, const Worker& b) { return a.stage() == b.stage(); };

TEST(Barriers, the_threads_of_a_cell_wait_for_each_other) {
  const GridShape shape = {2, 2, 2};
  Barriers barriers(shape, 0);
  EXPECT_EQ(early(
                shape, [&](const Worker& worker) { EXPECT_TRUE(barriers.wait_for_cell(worker)); },
                kSameCell),
            0);
}

TEST(Barriers, all_members_of_a_stage_wait_for_each_other) {
  for (const GridShape shape : {GridShape{3, 2}, {2, 2, 2}, {3, 1, 3}}) {
    Barriers barriers(shape, 0);
    EXPECT_EQ(
        early(
            shape, [&](const Worker& worker) { EXPECT_TRUE(barriers.wait_for_stage(worker)); },
            kSameStage),
        0);
  }
}

TEST(Barriers, a_cell_meets_without_the_others) {
  const GridShape shape = {2, 2, 2};
  Barriers barriers(shape, 0);
  const auto team = whole(shape);
  std::atomic<int> met{0};
  for (int round = 0; round < 100; ++round) {
    team->run([&](const Worker& worker) {
      if (worker.cell() != 1) return;  // never reach a barrier
      EXPECT_TRUE(barriers.wait_for_cell(worker));
      met.fetch_add(1);
    });
  }
  EXPECT_EQ(met.load(), 200);
}

TEST(Barriers, a_stage_meets_without_the_others) {
  const GridShape shape = {2, 2, 2};
  Barriers barriers(shape, 0);
  const auto team = whole(shape);
  std::atomic<int> met{0};
  for (int round = 0; round < 100; ++round) {
    team->run([&](const Worker& worker) {
      if (worker.stage() == 0) return;
      EXPECT_TRUE(barriers.wait_for_stage(worker));
      met.fetch_add(1);
    });
  }
  EXPECT_EQ(met.load(), 400);
}

TEST(Barriers, who_is_alone_waits_for_nobody) {
  Barriers barriers({1, 1, 3}, 0);
  for (std::size_t index = 0; index < 3; ++index) {
    EXPECT_TRUE(barriers.wait_for_cell({index, {1, 1, 3}}));
    EXPECT_TRUE(barriers.wait_for_stage({index, {1, 1, 3}}));
  }
}

// A cell that has died never arrives; after an abort the others do not wait for it.
TEST(Barriers, whoever_waits_or_comes_later_returns_when_a_meeting_is_broken_up) {
  const GridShape shape = {2, 2, 2};
  Barriers barriers(shape, 0);
  const auto team = whole(shape);
  std::atomic<int> returned{0};
  team->run([&](const Worker& worker) {
    if (worker.index == 0) {
      barriers.abort_own();
    } else {
      if (!barriers.wait_for_cell(worker) && !barriers.wait_for_stage(worker))
        returned.fetch_add(1);
    }
  });
  // Barriers of cells and stages without the first worker may have succeeded before.
  EXPECT_GE(returned.load(), 1);
  for (std::size_t index = 0; index < shape.workers(); ++index) {
    EXPECT_FALSE(barriers.wait_for_cell({index, shape}));
    EXPECT_FALSE(barriers.wait_for_stage({index, shape}));
  }
}

// Each cell has its own Barriers over the same memory, as processes have.
TEST(Barriers, stages_meet_in_memory_that_all_see) {
  const GridShape shape = {2, 2, 2};
  StageMemory memory(shape);
  { const Barriers laid_out(shape, 0, memory.bytes(), true); }
  std::vector<std::unique_ptr<Barriers>> of_cells;
  for (std::size_t cell = 0; cell < shape.cells(); ++cell) {
    of_cells.push_back(std::make_unique<Barriers>(shape, 0, memory.bytes(), false));
  }
  EXPECT_EQ(early(
                shape,
                [&](const Worker& worker) {
                  EXPECT_TRUE(of_cells[worker.cell()]->wait_for_stage(worker));
                },
                kSameStage),
            0);
}

}  // namespace
}  // namespace forknet::cell
