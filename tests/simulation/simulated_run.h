// One run from start to end on the Supervisor's side: the real ProcessSupervisor, RestartRound,
// RunAhead, tables and orders over simulated cells and time (world.h), with the relevant part of
// the training loop. Disturbances are random; broken promises are recorded.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "simulation/world.h"
#include "state/page_coordinator.h"
#include "supervise/restart_round.h"
#include "supervise/run_ahead.h"
#include "train/orders/orders.h"

namespace forknet::run {

// A Control reused by many runs, because it is large and each run needs little of it.
class ReusedControl {
 public:
  ReusedControl() : control_(std::make_unique<Control>()) { control_->prepare(0); }
  // The Control at the begin of a run, at the step where the last one ended.
  Control& fresh(std::size_t cells);

 private:
  std::unique_ptr<Control> control_;
};

class SimulatedRun {
 public:
  SimulatedRun(ReusedControl& page, std::uint64_t seed);

  // The first broken promise and the state at that time; empty: none.
  [[nodiscard]] std::string live();

  enum class End { finished, stopped, given_up };
  [[nodiscard]] End end() const { return end_; }
  [[nodiscard]] std::uint64_t deaths() const { return world_.deaths_so_far(); }
  [[nodiscard]] std::uint64_t orders() const { return given_.size(); }

 private:
  // The random settings of a run.
  static Config drawn_config(Chance& chance);
  void draw_disturbances();
  void disturb(std::int64_t when);
  void order(LifeEvent event);

  // The training loop.
  [[nodiscard]] Status train();
  [[nodiscard]] Status apply();
  void carry_out(const Orders::Given& given);
  [[nodiscard]] Status wait(std::int64_t timeout_ns);
  [[nodiscard]] bool stop_asked() const {
    return stop_.load() != 0 || life_ == LifeState::stopping;
  }

  // Checks of the promises.
  void look_at_time();
  void judge_end(const Status& ended);
  [[nodiscard]] std::int64_t patience() const;

  Chance chance_;
  const std::size_t cells_;
  const std::uint64_t steps_;
  const std::uint64_t epoch_;
  Control& control_;
  PageCoordinator coordinator_;
  const std::uint64_t first_;
  World world_;
  const Config config_;
  std::atomic<int> stop_{0};
  // Only settings, shape and stop of the job are used.
  const data::View rows_;
  const nn::ModelPlan model_;
  const data::Sampler sampler_{1, 1, 1, false};
  const cell::GridPlan plan_;
  const EngineJob job_;
  ProcessSupervisor supervisor_;
  RestartRound restart_round_;
  RunAhead run_ahead_;
  Orders orders_;
  std::deque<std::uint64_t> given_;
  LifeState life_ = LifeState::running;
  std::uint64_t step_ = 0;    // steps done, as counted by the training loop
  std::uint64_t epochs_ = 0;  // closed
  End end_ = End::finished;
  // The time of the last progress, and its kind.
  std::int64_t moved_ns_ = 0;
  std::uint64_t seen_steps_ = 0;
  std::uint64_t seen_deaths_ = 0;
  std::int64_t stopped_ns_ = 0;  // when the stop was requested
};

}  // namespace forknet::run
