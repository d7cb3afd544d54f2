// The life of a cell, tested with a cell that records its calls.
#include "engine/cell_life.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "engine/fake_cells.h"

namespace forknet::run {
namespace {

using Calls = std::vector<std::string>;
using Hooks = NotingCell::Hooks;

// A cell in a thread of its own until its result is requested.
class LivingCell {
 public:
  LivingCell(FakeGrid& grid, Hooks hooks, bool replaceable = true)
      : cell_(std::move(hooks)), job_(grid.job(0, replaceable)) {
    thread_ = std::thread([this] { lived_ = live(job_, cell_); });
  }
  ~LivingCell() { (void)end(); }
  LivingCell(const LivingCell&) = delete;
  LivingCell& operator=(const LivingCell&) = delete;

  Status end() {
    if (thread_.joinable()) thread_.join();
    return lived_;
  }
  [[nodiscard]] const Calls& calls() const { return cell_.calls; }

 private:
  NotingCell cell_;
  const CellJob job_;
  Status lived_;
  std::thread thread_;
};

TEST(CellLife, begins_at_the_committed_step_and_steps_until_the_run_is_over) {
  FakeGrid grid(1, 7, 9);
  LivingCell cell(grid, {});
  grid.open(0);
  grid.wait_until_resting();
  EXPECT_EQ(grid.control().committed(), 9U);
  grid.control().exit();
  EXPECT_TRUE(cell.end().ok());
  EXPECT_EQ(cell.calls(),
            (Calls{"enter 0", "begin 7", "step 7", "after 8", "step 8", "after 9", "leave"}));
  EXPECT_EQ(grid.control().cells[0].wait_ns.load(), 3U);
}

TEST(CellLife, goes_on_in_the_same_generation_after_a_rest) {
  FakeGrid grid(1, 0, 1);
  LivingCell cell(grid, {});
  grid.open(0);
  grid.wait_until_resting();
  grid.control().may_run_to(2);
  grid.control().go_on();
  grid.wait_until([&] { return grid.control().committed() == 2; });
  grid.control().exit();
  EXPECT_TRUE(cell.end().ok());
  EXPECT_EQ(cell.calls(),
            (Calls{"enter 0", "begin 0", "step 0", "after 1", "step 1", "after 2", "leave"}));
}

TEST(CellLife, a_run_that_is_over_is_not_entered) {
  FakeGrid grid(1, 0, 1);
  grid.control().exit();
  LivingCell cell(grid, {});
  EXPECT_TRUE(cell.end().ok());
  EXPECT_EQ(cell.calls(), Calls{});
}

TEST(CellLife, does_not_begin_before_its_generation_is_opened) {
  FakeGrid grid(1, 0, 1);
  LivingCell cell(grid, {});
  grid.wait_until_joined(0);
  grid.control().exit();
  EXPECT_TRUE(cell.end().ok());
  EXPECT_EQ(cell.calls(), (Calls{"enter 0", "leave"}));
}

// Fails only in its first generation.
struct BreaksOnce {
  const os::Fd& event;
  std::atomic<bool>& broke;
  Status operator()(bool here) const {
    if (!here || broke.exchange(true)) return {};
    os::tell(event);
    return kGone;
  }
};

// Runs through a failure and the next generation; returns the calls.
Calls calls_with_a_break(Hooks (*hooks)(BreaksOnce)) {
  FakeGrid grid(1, 4, 6);
  std::atomic<bool> broke{false};
  LivingCell cell(grid, hooks({grid.event(), broke}));
  grid.open(0);
  grid.wait_until([&] { return broke.load(); });
  grid.begin_and_open(1);
  grid.wait_until([&] { return grid.control().committed() == 6; });
  grid.control().exit();
  const Status lived = cell.end();
  EXPECT_TRUE(lived.ok()) << lived.error().message;
  return cell.calls();
}

TEST(CellLife, a_step_that_breaks_is_begun_again_in_the_next_generation) {
  const Calls calls = calls_with_a_break([](BreaksOnce breaks) {
    return Hooks{{}, {}, [=](std::uint64_t step) { return breaks(step == 5); }, {}};
  });
  EXPECT_EQ(calls, (Calls{"enter 0", "begin 4", "step 4", "after 5", "step 5 broke", "leave",
                          "enter 1", "begin 5", "step 5", "after 6", "leave"}));
}

TEST(CellLife, a_generation_that_breaks_at_its_beginning_is_followed_by_another) {
  const Calls calls = calls_with_a_break([](BreaksOnce breaks) {
    return Hooks{{}, [=](std::uint64_t) { return breaks(true); }, {}, {}};
  });
  EXPECT_EQ(calls, (Calls{"enter 0", "begin 4 broke", "leave", "enter 1", "begin 4", "step 4",
                          "after 5", "step 5", "after 6", "leave"}));
}

TEST(CellLife, what_breaks_after_the_commit_is_not_done_again) {
  const Calls calls = calls_with_a_break([](BreaksOnce breaks) {
    return Hooks{{}, {}, {}, [=](std::uint64_t steps) { return breaks(steps == 5); }};
  });
  EXPECT_EQ(calls, (Calls{"enter 0", "begin 4", "step 4", "after 5 broke", "leave", "enter 1",
                          "begin 5", "step 5", "after 6", "leave"}));
}

TEST(CellLife, a_step_that_breaks_is_the_end_of_a_cell_that_nobody_replaces) {
  FakeGrid grid(1, 0, 5);
  LivingCell cell(
      grid, {{}, {}, [](std::uint64_t step) { return step == 1 ? Status(kGone) : Status(); }, {}},
      false);
  grid.open(0);
  const Status lived = cell.end();
  ASSERT_FALSE(lived.ok());
  EXPECT_EQ(lived.error().message, kGone.message);
  EXPECT_EQ(cell.calls(),
            (Calls{"enter 0", "begin 0", "step 0", "after 1", "step 1 broke", "leave"}));
  EXPECT_EQ(grid.control().committed(), 1U);
}

TEST(CellLife, a_step_that_breaks_because_the_run_is_over_is_no_error) {
  for (const bool replaceable : {true, false}) {
    FakeGrid grid(1, 0, 5);
    const auto over = [&](std::uint64_t) {
      grid.control().exit();
      return Status(kGone);
    };
    LivingCell cell(grid, {{}, {}, over, {}}, replaceable);
    grid.open(0);
    EXPECT_TRUE(cell.end().ok());
  }
}

TEST(CellLife, a_cell_that_waits_for_a_newer_generation_hears_that_the_run_is_over) {
  FakeGrid grid(1, 0, 5);
  std::atomic<bool> broke{false};
  const BreaksOnce breaks = {grid.event(), broke};
  LivingCell cell(grid, {{}, {}, [&](std::uint64_t) { return breaks(true); }, {}});
  grid.open(0);
  grid.wait_until([&] { return broke.load(); });
  grid.control().exit();
  EXPECT_TRUE(cell.end().ok());
}

TEST(CellLife, a_cell_that_cannot_enter_ends_and_has_not_joined) {
  FakeGrid grid(1, 0, 5);
  LivingCell cell(grid, {[](std::uint32_t) { return Status(kGone); }, {}, {}, {}});
  const Status lived = cell.end();
  ASSERT_FALSE(lived.ok());
  EXPECT_EQ(lived.error().message, kGone.message);
  EXPECT_EQ(cell.calls(), Calls{"enter 0 broke"});
  EXPECT_FALSE(grid.control().has_joined(0, 0));
}

TEST(CellLife, a_generation_that_is_never_opened_is_left_for_a_newer_one) {
  FakeGrid grid(1, 3, 4);
  LivingCell cell(grid, {});
  grid.wait_until_joined(0);
  grid.control().begin_generation(1);
  grid.wait_until_joined(1);
  grid.begin_and_open(4);
  grid.wait_until_resting();
  grid.control().exit();
  EXPECT_TRUE(cell.end().ok());
  EXPECT_EQ(cell.calls(), (Calls{"enter 0", "leave", "enter 1", "leave", "enter 4", "begin 3",
                                 "step 3", "after 4", "leave"}));
}

// The other cell of the grid is this thread.
TEST(CellLife, a_step_that_nobody_else_finished_is_done_again_in_a_newer_generation) {
  for (const bool replaceable : {true, false}) {
    FakeGrid grid(2, 0, 1);
    std::atomic<bool> finished{false};
    const auto after = [&](std::uint64_t) {
      finished.store(true);
      os::tell(grid.event());
      return Status();
    };
    LivingCell cell(grid, {{}, {}, {}, after}, replaceable);
    grid.control().join(1, 0);
    grid.open(0);
    grid.wait_until([&] { return finished.load(); });
    grid.control().join(1, 1);
    grid.begin_and_open(1);
    EXPECT_EQ(grid.control().committed(), 0U);
    if (grid.control().finish(1, 2, 1, 0)) os::tell(grid.event());
    grid.wait_until_resting();
    grid.control().exit();
    EXPECT_TRUE(cell.end().ok());
    EXPECT_EQ(cell.calls(), (Calls{"enter 0", "begin 0", "step 0", "after 1", "leave", "enter 1",
                                   "begin 0", "step 0", "after 1", "leave"}));
  }
}

}  // namespace
}  // namespace forknet::run
