// ProcessSupervisor, RestartRound and RunAhead on simulated cells and time: one scenario per test.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "base/try.h"
#include "simulation/world.h"
#include "state/page_coordinator.h"
#include "supervise/restart_round.h"
#include "supervise/run_ahead.h"

namespace forknet::run {
namespace {

class SimulatedSupervisor : public ::testing::Test {
 protected:
  static constexpr std::size_t kTwo = 2;

  SimulatedSupervisor() {
    plan_.shape.replicas = kTwo;
    control_->prepare(0);
  }
  // Begins with the current settings; both cells work afterwards.
  void begin() {
    ASSERT_TRUE(generations().begin().ok());
    run_ahead().may_run_to(kMany);
  }
  RestartRound& generations() {
    if (!restart_round_) {
      supervisor_.emplace(job_, world_, progress_of(coordinator_), kTwo);
      restart_round_.emplace(coordinator_, *supervisor_, kTwo, parts_);
    }
    return *restart_round_;
  }
  RunAhead& run_ahead() {
    if (!run_ahead_) {
      run_ahead_.emplace(
          coordinator_,
          [this]() -> Status {
            FORKNET_TRY(supervisor_->patience());
            return restart_round_->look_after(20 * kMillisecond);
          },
          [this] {
            ++rests_;
            return Status();
          });
    }
    return *run_ahead_;
  }
  // The simulated time until the next step is committed.
  std::int64_t time_of_next_step() {
    const std::int64_t begun = world_.now();
    EXPECT_TRUE(run_ahead().reach(control_->committed()).ok());
    return world_.now() - begun;
  }
  [[nodiscard]] bool was_noted(const std::string& words) const {
    return std::any_of(notes_.begin(), notes_.end(), [&](const std::string& note) {
      return note.find(words) != std::string::npos;
    });
  }

  static constexpr std::uint64_t kMany = 1'000'000;
  Chance chance_{1};
  const std::unique_ptr<Control> control_ = std::make_unique<Control>();
  PageCoordinator coordinator_{*control_};
  World world_{*control_, kTwo, chance_};
  Config config_;
  std::atomic<int> stop_{0};
  std::vector<std::string> notes_;
  const data::View rows_;
  const nn::ModelPlan model_;
  const data::Sampler sampler_{1, 1, 1, false};
  cell::GridPlan plan_;
  const EngineJob job_{.config = config_,
                       .rows = rows_,
                       .plan = model_,
                       .sampler = sampler_,
                       .grid = plan_,
                       .note = [this](const std::string& note) { notes_.push_back(note); },
                       .stop = &stop_};
  RestartRound::Parts parts_;
  std::optional<ProcessSupervisor> supervisor_;
  std::optional<RestartRound> restart_round_;
  std::optional<RunAhead> run_ahead_;
  int rests_ = 0;
};

TEST_F(SimulatedSupervisor, cells_work_once_all_have_joined) {
  begin();
  EXPECT_EQ(supervisor_->state(0), CellState::working);
  EXPECT_EQ(supervisor_->state(1), CellState::working);
  for (std::uint64_t step = 0; step < 10; ++step) {
    ASSERT_TRUE(run_ahead().reach(step).ok());
    EXPECT_GT(control_->committed(), step);
  }
  EXPECT_EQ(supervisor_->faults().cell_deaths, 0U);
}

TEST_F(SimulatedSupervisor, nobody_gets_further_than_was_allowed) {
  begin();
  run_ahead().may_run_to(5);
  ASSERT_TRUE(run_ahead().reach(4).ok());
  EXPECT_EQ(control_->committed(), 5U);
  EXPECT_TRUE(control_->resting());
  EXPECT_GT(rests_, 0);
}

TEST_F(SimulatedSupervisor, who_settles_finds_all_at_rest) {
  begin();
  (void)time_of_next_step();
  ASSERT_TRUE(run_ahead().settle().ok());
  EXPECT_TRUE(control_->resting());
  const std::uint64_t settled = control_->committed();
  world_.wait(kSecond);
  EXPECT_EQ(control_->committed(), settled);
}

TEST_F(SimulatedSupervisor, what_cells_share_is_laid_out_between_their_joining_and_their_work) {
  std::vector<std::string> calls;
  const auto noted = [&](const char* what) {
    return [&calls, what](std::uint32_t generation) {
      calls.push_back(what + std::string(" ") + std::to_string(generation));
    };
  };
  parts_ = {
      noted("interrupt"),
      [&](std::uint32_t generation) {
        noted("equip")(generation);
        return Status();
      },
      [&](std::uint32_t generation) {
        EXPECT_TRUE(control_->has_joined(0, generation) && control_->has_joined(1, generation));
        EXPECT_FALSE(control_->is_open(generation));
        noted("prepare")(generation);
      },
      [&](std::uint32_t generation) {
        EXPECT_TRUE(control_->is_open(generation));
        noted("opened")(generation);
      }};
  begin();
  world_.die(1, world_.now(), "was killed by SIGKILL", false);
  (void)time_of_next_step();
  EXPECT_EQ(calls, (std::vector<std::string>{"interrupt 0", "equip 0", "prepare 0", "opened 0",
                                             "interrupt 1", "equip 1", "prepare 1", "opened 1"}));
}

TEST_F(SimulatedSupervisor, a_death_while_they_gather_begins_one_generation_more) {
  begin();
  world_.die(0, world_.now(), "was killed by SIGKILL", false);
  world_.die(1, world_.now() + kMillisecond / 2, "was killed by SIGKILL", false);
  (void)time_of_next_step();
  EXPECT_EQ(generations().number(), 2U);
  EXPECT_EQ(supervisor_->faults().cell_deaths, 2U);
  EXPECT_EQ(supervisor_->faults().redone_steps, 1U);
}

TEST_F(SimulatedSupervisor, a_cell_that_hangs_while_others_gather_is_ended_after_a_steps_budget) {
  config_.grid.step_budget = 2;
  begin();
  world_.hang(1, true, false);
  world_.die(0, world_.now(), "was killed by SIGKILL", false);
  const std::int64_t took = time_of_next_step();
  EXPECT_GE(took, 2 * kSecond);
  EXPECT_LT(took, 3 * kSecond);
  EXPECT_TRUE(was_noted("cells have not joined for 2 s (grid.step_budget)"));
  EXPECT_TRUE(was_noted("was killed by SIGABRT"));
}

TEST_F(SimulatedSupervisor, a_process_that_hangs_at_its_start_is_ended_after_ten_seconds) {
  config_.grid.step_budget = 0.1;
  world_.at(world_.now() + kMillisecond / 2, [this] { world_.hang(1, false, false); });
  const std::int64_t begun = world_.now();
  begin();
  EXPECT_GE(world_.now() - begun, 10 * kSecond);
  EXPECT_LT(world_.now() - begun, 11 * kSecond);
}

TEST_F(SimulatedSupervisor, a_slow_start_is_waited_for) {
  config_.grid.step_budget = 0.1;
  world_.starts.most_ns = 9 * kSecond;
  begin();
  EXPECT_EQ(supervisor_->faults().cell_deaths, 0U);
}

TEST_F(SimulatedSupervisor, one_that_does_not_heed_an_abort_is_killed) {
  config_.grid.step_budget = 1;
  begin();
  world_.hang(0, true, true);
  const std::int64_t took = time_of_next_step();
  EXPECT_GE(took, 2 * kSecond);
  EXPECT_LT(took, 3 * kSecond);
  EXPECT_TRUE(was_noted("was killed by SIGKILL"));
}

TEST_F(SimulatedSupervisor, one_that_a_debugger_holds_is_never_ended) {
  config_.grid.step_budget = 1;
  config_.grid.stopped_budget = 1;
  begin();
  world_.trace(0);
  world_.at(world_.now() + 500 * kSecond, [this] { world_.go_on(0); });
  EXPECT_GE(time_of_next_step(), 499 * kSecond);
  EXPECT_EQ(supervisor_->faults().cell_deaths, 0U);
}

TEST_F(SimulatedSupervisor, one_that_is_stopped_is_waited_for_as_long_as_its_budget) {
  config_.grid.step_budget = 1;
  config_.grid.stopped_budget = 5;
  begin();
  world_.stop(0);
  world_.at(world_.now() + 4 * kSecond, [this] { world_.go_on(0); });
  (void)time_of_next_step();
  EXPECT_EQ(supervisor_->faults().cell_deaths, 0U);
  world_.stop(1);
  const std::int64_t took = time_of_next_step();
  EXPECT_GE(took, 5 * kSecond);
  EXPECT_LT(took, 6 * kSecond);
  EXPECT_EQ(supervisor_->faults().cell_deaths, 1U);
}

TEST_F(SimulatedSupervisor, who_was_stopped_himself_gives_nobody_up) {
  config_.grid.step_budget = 1;
  begin();
  world_.stop(0);  // with its Supervisor, like a whole process group
  world_.at(world_.now() + 100 * kSecond, [this] { world_.go_on(0); });
  world_.freeze_supervisor(100 * kSecond - kMillisecond);
  (void)time_of_next_step();
  EXPECT_EQ(supervisor_->faults().cell_deaths, 0U);
}

TEST_F(SimulatedSupervisor, a_run_that_is_to_stop_waits_six_seconds_for_cells_that_do_not_gather) {
  config_.grid.step_budget = 100;
  world_.at(world_.now() + kMillisecond / 2, [this] {
    world_.hang(1, false, false);
    stop_.store(15);
  });
  const std::int64_t begun = world_.now();
  const Status ended = generations().begin();
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().kind, ErrorKind::stopped);
  EXPECT_GE(world_.now() - begun, 6 * kSecond);
  EXPECT_LT(world_.now() - begun, 7 * kSecond);
}

TEST_F(SimulatedSupervisor, a_stop_waits_a_second_for_a_cell_that_is_stopped_and_replaces_it) {
  begin();
  world_.stop(0);
  stop_.store(15);
  const std::int64_t took = time_of_next_step();
  EXPECT_GE(took, kSecond);
  EXPECT_LT(took, 2 * kSecond);
  EXPECT_TRUE(was_noted("is stopped, and the run is to stop: it is ended"));
  EXPECT_EQ(supervisor_->faults().cell_deaths, 1U);
}

TEST_F(SimulatedSupervisor, a_stop_waits_two_seconds_for_a_cell_that_hangs_and_replaces_it) {
  config_.grid.step_budget = 100;
  begin();
  world_.hang(1, true, true);
  stop_.store(15);
  const std::int64_t took = time_of_next_step();
  EXPECT_GE(took, 2 * kSecond);
  EXPECT_LT(took, 3 * kSecond);
  EXPECT_TRUE(was_noted("does not finish its step, and the run is to stop: it is ended"));
}

TEST_F(SimulatedSupervisor, a_stop_waits_six_seconds_for_a_cell_that_a_debugger_holds) {
  begin();
  world_.trace(0);
  stop_.store(15);
  const std::int64_t begun = world_.now();
  const Status ended = run_ahead().reach(control_->committed());
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().kind, ErrorKind::stopped);
  EXPECT_GE(world_.now() - begun, 6 * kSecond);
  EXPECT_LT(world_.now() - begun, 7 * kSecond);
  EXPECT_EQ(supervisor_->faults().cell_deaths, 0U);
}

TEST_F(SimulatedSupervisor, a_cell_that_takes_no_weights_is_ended_after_ten_seconds) {
  begin();
  supervisor_->nothing_is_overdue();
  const std::int64_t begun = world_.now();
  world_.hang(1, false, false);
  while (supervisor_->state(1) == CellState::working) {
    world_.wait(20 * kMillisecond);
    supervisor_->look_while_waiting_for(1);
  }
  EXPECT_EQ(supervisor_->state(1), CellState::condemned);
  EXPECT_EQ(supervisor_->state(0), CellState::working);
  EXPECT_GE(world_.now() - begun, 10 * kSecond);
  EXPECT_LT(world_.now() - begun, 11 * kSecond);
  EXPECT_TRUE(was_noted("no weights came through a pipe for 10 s (grid.step_budget)"));
}

TEST_F(SimulatedSupervisor, a_cell_that_takes_no_weights_holds_up_no_stop) {
  begin();
  world_.hang(1, false, false);
  stop_.store(15);
  const std::int64_t begun = world_.now();
  while (supervisor_->state(1) == CellState::working) {
    world_.wait(20 * kMillisecond);
    supervisor_->nothing_is_overdue();  // pieces before it took their time
    supervisor_->look_while_waiting_for(1);
  }
  EXPECT_GE(world_.now() - begun, 6 * kSecond);
  EXPECT_LT(world_.now() - begun, 7 * kSecond);
}

}  // namespace
}  // namespace forknet::run
