// One run from its start to its end, as its Supervisor lives it: the real supervisor, generations,
// run_ahead, tables and orders, over simulated cells and time (world.h), and of the training loop
// what matters here. What happens to it is drawn; what must never happen is noted.
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

// Memory that many runs use one after the other: Control is large, and each of them needs little.
class ReusedControl {
 public:
  ReusedControl() : control_(std::make_unique<Control>()) { control_->prepare(0); }
  // As it is when a run begins, at the step where the last one ended.
  Control& fresh(std::size_t cells);

 private:
  std::unique_ptr<Control> control_;
};

class SimulatedRun {
 public:
  SimulatedRun(ReusedControl& page, std::uint64_t seed);

  // The first promise that was broken, and where all were then; empty: none.
  [[nodiscard]] std::string live();

  enum class End { finished, stopped, given_up };
  [[nodiscard]] End end() const { return end_; }
  [[nodiscard]] std::uint64_t deaths() const { return world_.deaths_so_far(); }
  [[nodiscard]] std::uint64_t orders() const { return given_.size(); }

 private:
  // What is drawn before it begins.
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

  // What is promised.
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
  // Of the job only settings, shape and stop are looked at.
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
  std::uint64_t step_ = 0;    // done by the training loop's count
  std::uint64_t epochs_ = 0;  // closed
  End end_ = End::finished;
  // When something last went on, and what that was.
  std::int64_t moved_ns_ = 0;
  std::uint64_t seen_steps_ = 0;
  std::uint64_t seen_deaths_ = 0;
  std::int64_t stopped_ns_ = 0;  // when the stop was asked for
};

}  // namespace forknet::run
