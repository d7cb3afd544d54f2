// Cells kept alive: which deaths a run goes on after, what they cost, who is ended for standing
// still.
#include "supervise/process_supervisor.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "grid/two_cells.h"
#include "patience.h"
#include "supervise/process_pool.h"

namespace forknet::run {
namespace {

using Cells = ProcessSupervisor::Cells;

constexpr std::int64_t kSoon = 20'000'000;

class ProcessSupervisorTest : public TwoCells {
 protected:
  void TearDown() override {
    control().exit();
    supervisor_.reset();
  }
  // With the settings as they are then.
  void start() {
    control().prepare(0);
    job_.note = [this](const std::string& note) { notes_.push_back(note); };
    pool_ = std::make_unique<ProcessPool>(job_, state_, event_, no_arena_, 2);
    ASSERT_TRUE(pool_->open().ok());
    supervisor_ = std::make_unique<ProcessSupervisor>(job_, *pool_, progress(), 2);
    ASSERT_TRUE(supervisor_->start(Cells{0, 1}).ok());
  }
  [[nodiscard]] CellProgress progress() {
    return {[this] { return committed_; }, [this] { return resting_; },
            [this](std::size_t cell) { return cell != finished_; }};
  }
  void kill(std::size_t cell, int signal = SIGKILL) {
    ASSERT_EQ(::kill(pool_->pid(cell), signal), 0);
  }
  // However often it has to look for it.
  Result<Cells> next_deaths(std::int64_t timeout = kTimeout) {
    while (true) {
      auto dead = supervisor_->wait(timeout);
      if (!dead.ok() || !dead.value().empty()) return dead;
    }
  }
  Result<Cells> deaths_of_joining() {
    return supervisor_->gather([](std::size_t) { return false; });
  }
  [[nodiscard]] bool noted(const std::string& words) const {
    return std::any_of(notes_.begin(), notes_.end(), [&](const std::string& note) {
      return note.find(words) != std::string::npos;
    });
  }

  std::uint64_t committed_ = 7;
  bool resting_ = false;
  std::size_t finished_ = 2;  // none
  std::vector<std::string> notes_;
  std::unique_ptr<ProcessPool> pool_;
  std::unique_ptr<ProcessSupervisor> supervisor_;
};

TEST_F(ProcessSupervisorTest, a_cell_that_died_is_told_and_can_be_started_again) {
  start();
  const int pid = pool_->pid(1);
  kill(1);
  const Cells dead = next_deaths().value();
  EXPECT_EQ(dead, Cells{1});
  EXPECT_TRUE(noted("the cell stage 0, replica 1 (pid " + std::to_string(pid) +
                    ") was killed by SIGKILL at step 7; it is started again"));
  const int other = pool_->pid(0);
  ASSERT_TRUE(supervisor_->start(dead).ok());
  EXPECT_NE(pool_->pid(1), pid);
  EXPECT_EQ(pool_->pid(0), other);
}

TEST_F(ProcessSupervisorTest, where_no_replacement_is_allowed_the_first_death_ends_the_run) {
  prepared_.config.grid.restarts = 0;
  start();
  kill(0);
  const auto dead = next_deaths();
  ASSERT_FALSE(dead.ok());
  EXPECT_EQ(dead.error().kind, ErrorKind::cell);
  EXPECT_NE(dead.error().message.find("was killed by SIGKILL at step 7, and grid.restarts = 0 "
                                      "allows no replacement; the run cannot go on"),
            std::string::npos)
      << dead.error().message;
  EXPECT_TRUE(notes_.empty());
}

TEST_F(ProcessSupervisorTest, one_death_more_than_allowed_without_a_step_ends_the_run) {
  prepared_.config.grid.restarts = 1;
  start();
  kill(0);
  ASSERT_TRUE(supervisor_->start(next_deaths().value()).ok());
  ++committed_;  // and a step forgives
  kill(1);
  ASSERT_TRUE(supervisor_->start(next_deaths().value()).ok());
  kill(0);
  const auto dead = next_deaths();
  ASSERT_FALSE(dead.ok());
  EXPECT_NE(dead.error().message.find(
                "one death more without a step in between than grid.restarts = 1 allows"),
            std::string::npos)
      << dead.error().message;
}

TEST_F(ProcessSupervisorTest, three_equal_crashes_at_a_step_end_the_run) {
  start();
  for (int crash = 0; crash < 2; ++crash) {
    kill(0, SIGABRT);
    ASSERT_TRUE(supervisor_->start(next_deaths().value()).ok());
  }
  kill(0, SIGABRT);
  const auto dead = next_deaths();
  ASSERT_FALSE(dead.ok());
  EXPECT_NE(dead.error().message.find("SIGABRT at step 7, for the third time in a row"),
            std::string::npos)
      << dead.error().message;
}

TEST_F(ProcessSupervisorTest, a_step_in_flight_is_redone_once_however_many_die_meanwhile) {
  start();
  kill(0);
  ASSERT_TRUE(supervisor_->start(next_deaths().value()).ok());
  kill(1);
  ASSERT_TRUE(supervisor_->start(deaths_of_joining().value()).ok());
  kill(0);
  ASSERT_TRUE(supervisor_->start(deaths_of_joining().value()).ok());
  EXPECT_EQ(supervisor_->faults().cell_deaths, 3U);
  EXPECT_EQ(supervisor_->faults().restarts, 3U);
  EXPECT_EQ(supervisor_->faults().redone_steps, 1U);
}

TEST_F(ProcessSupervisorTest, a_death_while_the_cells_rest_costs_no_step) {
  start();
  resting_ = true;
  kill(0);
  EXPECT_EQ(next_deaths().value(), Cells{0});
  EXPECT_EQ(supervisor_->faults().redone_steps, 0U);
}

TEST_F(ProcessSupervisorTest, nobody_has_died_when_all_have_joined) {
  start();
  int looks = 0;
  EXPECT_EQ(supervisor_->gather([&](std::size_t) { return ++looks > 4; }).value(), Cells{});
  EXPECT_EQ(looks, 6);
  EXPECT_EQ(supervisor_->faults().cell_deaths, 0U);
}

TEST_F(ProcessSupervisorTest, a_cell_that_is_stopped_is_ended_after_its_budget) {
  prepared_.config.grid.stopped_budget = 0.01;
  start();
  kill(1, SIGSTOP);
  EXPECT_EQ(next_deaths(kSoon).value(), Cells{1});
  ASSERT_TRUE(supervisor_->start(Cells{1}).ok());
  kill(0, SIGSTOP);
  EXPECT_EQ(deaths_of_joining().value(), Cells{0});
  EXPECT_TRUE(noted("was killed by SIGKILL"));
}

TEST_F(ProcessSupervisorTest, cells_that_have_not_finished_a_step_are_aborted_after_its_budget) {
  prepared_.config.grid.step_budget = 0.01;
  finished_ = 0;
  start();
  EXPECT_EQ(next_deaths(kSoon).value(), Cells{1});
  EXPECT_TRUE(noted("no step for 0.01 s (grid.step_budget)"));
  EXPECT_TRUE(noted("was killed by SIGABRT at step 7"));
}

}  // namespace
}  // namespace forknet::run
