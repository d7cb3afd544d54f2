#include "state/control.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <random>
#include <semaphore>
#include <thread>
#include <vector>

#include "patience.h"
#include "random_cases.h"

namespace forknet::run {
namespace {

constexpr std::uint32_t kSpins = 20;

std::unique_ptr<Control> control_at(std::uint64_t first_step, std::uint64_t until) {
  auto control = std::make_unique<Control>();
  control->prepare(first_step);
  control->may_run_to(until);
  control->go_on();
  return control;
}

TEST(Control, rests_at_its_first_step_until_it_may_go_on) {
  const auto control = std::make_unique<Control>();
  control->prepare(17);
  EXPECT_EQ(control->committed(), 17U);
  EXPECT_TRUE(control->resting());
  control->may_run_to(17);
  control->go_on();
  EXPECT_TRUE(control->resting());
  control->may_run_to(18);
  EXPECT_TRUE(control->resting());
  control->go_on();
  EXPECT_FALSE(control->resting());
  EXPECT_TRUE(control->await(17, 0, 0));
}

TEST(Control, the_last_cell_to_finish_commits_the_step) {
  const auto control = control_at(0, 10);
  for (std::uint64_t step = 0; step < 5; ++step) {
    for (const std::size_t cell : {2U, 0U, 1U}) {
      EXPECT_EQ(control->committed(), step);
      EXPECT_FALSE(control->finish(cell, 3, 0, step));
    }
    EXPECT_EQ(control->committed(), step + 1);
    EXPECT_TRUE(control->await(step + 1, 0, 0));
  }
}

TEST(Control, the_figures_of_a_committed_step_can_be_read) {
  const auto control = control_at(0, 3000);
  for (std::uint64_t step = 0; step < 2 * kFigures; ++step) {
    control->put_figures(step, {0.5 * static_cast<double>(step), step + 1, 7});
    EXPECT_FALSE(control->finish(0, 1, 0, step));
    const CommittedStep figures = control->figures(step);
    EXPECT_EQ(figures.loss, 0.5 * static_cast<double>(step));
    EXPECT_EQ(figures.correct, step + 1);
    EXPECT_EQ(figures.rows, 7U);
    EXPECT_GT(control->committed_at_ns(step), 0);
  }
}

TEST(Control, cells_rest_at_the_limit_and_go_on_beyond_it) {
  const auto control = control_at(0, 2);
  EXPECT_FALSE(control->finish(0, 2, 0, 0));
  EXPECT_FALSE(control->finish(1, 2, 0, 0));
  EXPECT_FALSE(control->rests_after(1, 0, 0));
  EXPECT_FALSE(control->finish(1, 2, 0, 1));
  EXPECT_TRUE(control->finish(0, 2, 0, 1));
  EXPECT_TRUE(control->resting());
  EXPECT_TRUE(control->rests_after(2, 0, 0));
  control->go_on();  // nothing more is allowed
  EXPECT_TRUE(control->resting());
  control->may_run_to(3);
  control->go_on();
  EXPECT_FALSE(control->resting());
  EXPECT_EQ(control->committed(), 2U);
  EXPECT_TRUE(control->await(2, 0, 0));
  EXPECT_FALSE(control->finish(0, 2, 0, 2));
  EXPECT_TRUE(control->finish(1, 2, 0, 2));
}

TEST(Control, a_limit_that_is_taken_back_rests_the_cells_at_the_step_at_hand) {
  const auto control = control_at(0, 100);
  EXPECT_FALSE(control->finish(0, 1, 0, 0));
  control->may_run_to(0);
  EXPECT_FALSE(control->resting());
  EXPECT_TRUE(control->finish(0, 1, 0, 1));
  EXPECT_EQ(control->committed(), 2U);
}

TEST(Control, a_loss_that_is_not_finite_rests_the_cells) {
  for (const double loss :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
        -std::numeric_limits<double>::infinity()}) {
    const auto control = control_at(5, 100);
    control->put_figures(5, {loss, 0, 1});
    EXPECT_FALSE(control->finish(1, 2, 0, 5));
    EXPECT_TRUE(control->finish(0, 2, 0, 5));
    EXPECT_TRUE(control->resting());
    EXPECT_EQ(control->committed(), 6U);
  }
}

TEST(Control, a_part_that_is_finished_again_counts_once) {
  const auto control = control_at(0, 100);
  EXPECT_FALSE(control->finish(0, 2, 0, 0));
  EXPECT_FALSE(control->finish(0, 2, 0, 0));
  EXPECT_EQ(control->committed(), 0U);
  EXPECT_FALSE(control->finish(1, 2, 0, 0));
  EXPECT_EQ(control->committed(), 1U);
  EXPECT_FALSE(control->finish(0, 2, 0, 0));
  EXPECT_FALSE(control->finish(1, 2, 0, 0));
  EXPECT_EQ(control->committed(), 1U);
}

TEST(Control, a_rest_is_told_once) {
  const auto control = control_at(0, 1);
  EXPECT_FALSE(control->finish(0, 2, 0, 0));
  EXPECT_TRUE(control->finish(1, 2, 0, 0));
  EXPECT_FALSE(control->finish(0, 2, 0, 0));
  EXPECT_TRUE(control->resting());
  control->may_run_to(2);
  control->go_on();
  control->may_run_to(1);
  EXPECT_FALSE(control->finish(1, 2, 0, 0));  // nor is it put again
  EXPECT_FALSE(control->resting());
}

TEST(Control, what_another_generation_finished_does_not_count) {
  const auto control = control_at(0, 100);
  EXPECT_FALSE(control->finish(0, 2, 0, 0));
  EXPECT_FALSE(control->finish(1, 2, 1, 0));
  EXPECT_EQ(control->committed(), 0U);
  EXPECT_FALSE(control->finish(0, 2, 1, 0));
  EXPECT_EQ(control->committed(), 1U);
}

TEST(Control, the_end_ends_all_waiting) {
  const auto control = control_at(0, 100);
  EXPECT_FALSE(control->over());
  std::vector<std::thread> waiting;
  for (const std::uint32_t spins : {0U, 10U, 1000U}) {
    waiting.emplace_back([&, spins] { EXPECT_FALSE(control->await(1, 0, spins)); });
    waiting.emplace_back([&, spins] { EXPECT_FALSE(control->rests_after(1, 0, spins)); });
  }
  control->exit();
  for (std::thread& thread : waiting) thread.join();
  EXPECT_TRUE(control->over());
}

// Where the cells rested, as each of them saw it, and what the steps came to.
struct Seen {
  std::vector<std::uint64_t> rests;
  std::uint64_t steps = 0;
};

// A cell has died: all waits end, and no cell begins before all have joined.
TEST(Control, a_new_generation_ends_all_waiting_of_the_one_before) {
  const auto control = control_at(0, 10);
  std::vector<std::thread> waiting;
  for (const std::uint32_t spins : {0U, kSpins}) {
    waiting.emplace_back([&, spins] { EXPECT_FALSE(control->await(1, 0, spins)); });
    waiting.emplace_back([&, spins] { EXPECT_FALSE(control->rests_after(1, 0, spins)); });
  }
  waiting.emplace_back([&] { EXPECT_FALSE(control->await_open(0)); });
  waiting.emplace_back([&] { EXPECT_TRUE(control->await_newer(0, kTimeout)); });
  control->begin_generation(1);
  for (std::thread& thread : waiting) thread.join();
  EXPECT_FALSE(control->await(0, 0, 0));
  EXPECT_FALSE(control->await_newer(1, 1000));
}

TEST(Control, cells_that_have_joined_go_on_when_their_generation_is_opened) {
  const auto control = control_at(3, 10);
  control->begin_generation(2);
  EXPECT_FALSE(control->has_joined(0, 2));
  std::thread cell([&] {
    control->join(0, 2);
    EXPECT_TRUE(control->await_open(2));
    EXPECT_TRUE(control->await(3, 2, 0));
    EXPECT_FALSE(control->finish(0, 1, 2, 3));
  });
  while (!control->has_joined(0, 2)) std::this_thread::yield();
  EXPECT_EQ(control->committed(), 3U);
  control->open_generation(2);
  cell.join();
  EXPECT_EQ(control->committed(), 4U);
}

TEST(Control, the_weights_of_a_rest_are_wanted_once) {
  const auto control = control_at(0, 1);
  EXPECT_FALSE(control->undrained());
  EXPECT_TRUE(control->finish(0, 1, 0, 0));
  EXPECT_TRUE(control->undrained());
  control->put_drained();
  EXPECT_FALSE(control->undrained());
}

TEST(Control, a_step_that_one_process_takes_is_committed_with_its_figures) {
  const auto control = std::make_unique<Control>();
  control->prepare(5);
  control->commit_alone(5, {0.5, 3, 7});
  EXPECT_EQ(control->committed(), 6U);
  EXPECT_TRUE(control->resting());
  EXPECT_EQ(control->figures(5).correct, 3U);
}

TEST(Control, cells_that_are_threads_agree_on_ten_thousand_steps) {
  constexpr std::size_t kCount = 4;
  constexpr std::uint64_t kSteps = 10'000;
  const auto control = std::make_unique<Control>();
  control->prepare(0);
  std::vector<Seen> seen(kCount);
  std::counting_semaphore<> rested(0);  // by a cell that has seen the rest
  std::atomic<std::uint64_t> told{0};   // by a cell that put one
  std::atomic<std::uint64_t> work[kCount] = {};
  std::vector<std::thread> cells;
  for (std::size_t cell = 0; cell < kCount; ++cell) {
    cells.emplace_back([&, cell] {
      for (std::uint64_t step = 0; control->await(step, 0, kSpins); ++step) {
        for (const auto& other : work) {  // none is a step behind or ahead of the commit
          const std::uint64_t done = other.load();
          EXPECT_TRUE(done == step || done == step + 1);
        }
        work[cell].store(step + 1);
        if (cell == 0) control->put_figures(step, {1, step, kCount});
        if (control->finish(cell, kCount, 0, step)) told.fetch_add(1);
        if (control->rests_after(step + 1, 0, kSpins)) {
          seen[cell].rests.push_back(step + 1);
          rested.release();
        }
        seen[cell].steps = step + 1;
      }
    });
  }
  std::mt19937_64 engine(test_seed());
  std::vector<std::uint64_t> goals;
  for (std::uint64_t goal = 0; goal < kSteps;) {
    goal = std::min(kSteps, goal + 1 + engine() % 200);
    goals.push_back(goal);
    control->may_run_to(goal);
    control->go_on();
    for (std::size_t cell = 0; cell < kCount; ++cell) rested.acquire();
    ASSERT_TRUE(control->resting());
    ASSERT_EQ(control->committed(), goal);
    ASSERT_EQ(control->figures(goal - 1).correct, goal - 1);
  }
  control->exit();
  for (std::thread& cell : cells) cell.join();
  EXPECT_EQ(told.load(), goals.size());
  for (const Seen& cell : seen) {
    EXPECT_EQ(cell.rests, goals);
    EXPECT_EQ(cell.steps, kSteps);
  }
}

}  // namespace
}  // namespace forknet::run
