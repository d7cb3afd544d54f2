#include "simulation/simulated_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/try.h"

namespace forknet::run {
namespace {

constexpr std::int64_t kLook = 20 * kMillisecond;
constexpr std::int64_t kNap = 100 * kMillisecond;
// The time that a stopping run gives cells to come to rest (stop_timeout.h).
constexpr std::int64_t kStopTimeout = 6 * kSecond;
// The interval in which all disturbances happen.
constexpr std::int64_t kDisturbed = 120 * kMillisecond;

cell::GridPlan plan_of(std::size_t cells) {
  cell::GridPlan plan;
  plan.shape.replicas = cells;
  return plan;
}

// Thrown because a run that breaks a promise may never end.
struct Broken {};

double seconds(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) * 1e-9; }

}  // namespace

Control& ReusedControl::fresh(std::size_t cells) {
  const std::uint64_t first = control_->committed();
  control_->begin(first);
  control_->may_run_to(first);
  control_->begin_generation(0);
  control_->open_generation(std::numeric_limits<std::uint32_t>::max());  // none
  for (std::size_t cell = 0; cell < cells; ++cell) {
    control_->cells[cell].joined.store(0);
    control_->cells[cell].finished.store(0);
  }
  return *control_;
}

Config SimulatedRun::drawn_config(Chance& chance) {
  Config config;
  config.grid.restarts = chance.one_in(4) ? chance.between(0, 3) : 100;
  // Zero: ten seconds and more.
  config.grid.step_budget = chance.one_in(16) ? 0 : seconds(chance.between(1, 8) * kNap);
  config.grid.stopped_budget = chance.one_in(16) ? 20.0 : seconds(chance.between(3, 10) * kNap);
  return config;
}

SimulatedRun::SimulatedRun(ReusedControl& page, std::uint64_t seed)
    : chance_(seed),
      cells_(static_cast<std::size_t>(chance_.between(1, 4))),
      steps_(static_cast<std::uint64_t>(chance_.between(3, 40))),
      epoch_(static_cast<std::uint64_t>(chance_.between(2, 10))),
      control_(page.fresh(cells_)),
      coordinator_(control_),
      first_(control_.committed()),
      world_(control_, cells_, chance_),
      config_(drawn_config(chance_)),
      plan_(plan_of(cells_)),
      job_{.config = config_,
           .rows = rows_,
           .plan = model_,
           .sampler = sampler_,
           .grid = plan_,
           .stop = &stop_},
      supervisor_(job_, world_, progress_of(coordinator_), cells_),
      restart_round_(coordinator_, supervisor_, cells_, {}),
      run_ahead_(
          coordinator_, [this] { return wait(kLook); }, [] { return Status(); }),
      step_(first_) {
  draw_disturbances();
}

void SimulatedRun::order(LifeEvent event) {
  if (given_.size() < 64) given_.push_back(orders_.give({event, 0, false}));
}

// One disturbance of the run.
void SimulatedRun::disturb(std::int64_t when) {
  const auto cell = static_cast<std::size_t>(chance_.between(0, static_cast<int>(cells_) - 1));
  const auto a_while = chance_.between(1, 900) * kMillisecond;
  const auto draw = chance_.between(0, 15);
  const bool one = chance_.one_in(2);
  const bool other = chance_.one_in(3);
  world_.at(when, [=, this] {
    const std::int64_t now = world_.now();
    if (draw <= 3) world_.die(cell, now, "was killed by SIGKILL", false);
    if (draw == 4) world_.die(cell, now, "was killed by SIGSEGV", true);
    if (draw == 5) world_.die(cell, now, "ended with exit code 1", true);
    if (draw == 6) {  // all at once
      for (std::size_t c = 0; c < cells_; ++c) world_.die(c, now, "was killed by SIGKILL", false);
    }
    if (draw == 7) world_.hang(cell, one, other);
    if (draw == 8 || draw == 9) {
      world_.stop(cell);
      if (one) world_.at(now + a_while, [=, this] { world_.go_on(cell); });
    }
    if (draw == 10) {
      world_.trace(cell);
      world_.at(now + a_while, [=, this] { world_.go_on(cell); });
    }
    if (draw == 11) world_.freeze_supervisor(a_while * (one ? 1 : 20));
    if (draw == 12) {
      order(LifeEvent::pause);
      world_.at(now + a_while, [this] { order(LifeEvent::resume); });
    }
    if (draw == 13) {
      order(LifeEvent::hold);
      world_.at(now + a_while, [this] { order(LifeEvent::release); });
    }
    if (draw == 14) order(one ? LifeEvent::checkpoint : LifeEvent::reload);
    if (draw == 15) {
      if (one) {
        stop_.store(15);
      } else {
        order(LifeEvent::stop);
      }
      if (stopped_ns_ == 0) stopped_ns_ = world_.awake();
    }
  });
}

void SimulatedRun::draw_disturbances() {
  world_.starts.die_one_in = chance_.one_in(8) ? 3 : 0;
  world_.starts.hang_one_in = chance_.one_in(64) ? 4 : 0;
  if (chance_.one_in(8)) world_.starts.most_ns = 2 * kSecond;
  const std::int64_t count = chance_.between(0, 8);
  for (std::int64_t i = 0; i < count; ++i) {
    disturb(world_.now() + chance_.between(0, kDisturbed));
  }
}

// The longest time without progress of a run that is not ordered to rest: a cell is stopped, or
// hangs and ignores SIGABRT; each right after its start.
std::int64_t SimulatedRun::patience() const {
  const auto step = static_cast<std::int64_t>(config_.grid.step_budget * 1e9);
  const auto stopped = static_cast<std::int64_t>(config_.grid.stopped_budget * 1e9);
  return stopped + 3 * std::max(step, 10 * kSecond) + kSecond;
}

void SimulatedRun::look_at_time() {
  const bool moved = control_.committed() != seen_steps_ ||
                     world_.deaths_so_far() != seen_deaths_ || at_rest(life_);
  seen_steps_ = control_.committed();
  seen_deaths_ = world_.deaths_so_far();
  if (moved) moved_ns_ = world_.awake();
  world_.expect(world_.awake() - moved_ns_ <= patience(), "nothing goes on any more");
  if (stop_.load() != 0) {
    world_.expect(world_.awake() - stopped_ns_ <= kStopTimeout + kSecond, "a stop is not heeded");
  }
  if (!world_.broken().empty()) throw Broken();
}

Status SimulatedRun::wait(std::int64_t timeout_ns) {
  FORKNET_TRY(supervisor_.patience());
  return restart_round_.look_after(timeout_ns);
}

void SimulatedRun::carry_out(const Orders::Given& given) {
  const Transition next = transition(life_, given.order.event);
  world_.expect(control_.resting(), "an order is obeyed while cells work");
  world_.expect(life_ != LifeState::stopping || next.to == LifeState::stopping,
                "a stop was taken back");
  life_ = next.to;
  orders_.answer(given.number, {step_, std::string(name_of(life_)), ""});
}

// Like OrderHandler::apply(): with all cells at rest, until they may continue.
Status SimulatedRun::apply() {
  while (true) {
    while (const auto given = orders_.take()) carry_out(*given);
    if (!at_rest(life_) || stop_asked()) return {};
    world_.expect(control_.resting(), "cells work while the run rests");
    FORKNET_TRY(restart_round_.look_after(kNap));
  }
}

Status SimulatedRun::train() {
  const std::uint64_t last = first_ + steps_;
  FORKNET_TRY(restart_round_.begin());
  while (!stop_asked()) {
    if ((step_ - first_) / epoch_ > epochs_) {
      ++epochs_;
      life_ = transition(life_, LifeEvent::epoch_end).to;
      if (at_rest(life_)) FORKNET_TRY(apply());
    }
    if (step_ >= last) return {};
    if (stop_asked()) break;
    if (orders_.pending()) {
      FORKNET_TRY(run_ahead_.settle());
      step_ = std::max(step_, control_.committed());
      FORKNET_TRY(apply());
      continue;
    }
    const std::uint64_t epoch_end = first_ + ((step_ - first_) / epoch_ + 1) * epoch_;
    run_ahead_.may_run_to(std::min(last, epoch_end));
    FORKNET_TRY(run_ahead_.reach(step_));
    world_.expect(control_.committed() > step_, "a step was taken for done that is not");
    ++step_;
    supervisor_.step_done(2 * kMillisecond);
  }
  end_ = End::stopped;
  return run_ahead_.settle();
}

void SimulatedRun::judge_end(const Status& ended) {
  world_.expect(control_.committed() <= first_ + steps_, "more steps than there are");
  world_.expect(supervisor_.faults().redone_steps <= world_.deaths_so_far(),
                "more steps were redone than cells died");
  if (ended.ok()) {
    const bool finished = end_ == End::finished;
    world_.expect(!finished || control_.committed() == first_ + steps_, "steps are missing");
    world_.expect(finished || stopped_ns_ != 0, "it stopped without being told to");
    world_.expect(control_.resting(), "it ended while cells work");
  } else if (ended.error().kind == ErrorKind::stopped) {
    end_ = End::stopped;
    world_.expect(stop_.load() != 0, "it gave up waiting without being told to stop");
  } else {
    end_ = End::given_up;
    const auto most = static_cast<std::uint64_t>(config_.grid.restarts);
    world_.expect(world_.deaths_of_step() > most || world_.equal_faults() >= 3,
                  "it was given up for deaths that it is to survive");
  }
  orders_.close("the run has ended");
  for (const std::uint64_t number : given_) {
    world_.expect(orders_.answer_to(number).has_value(), "an order was not answered");
  }
}

std::string SimulatedRun::live() {
  moved_ns_ = world_.awake();
  world_.on_look = [this] { look_at_time(); };
  try {
    judge_end(train());
  } catch (const Broken&) {
    end_ = End::given_up;
  }
  if (world_.broken().empty()) return "";
  return fmt::format("{}\n  {}\n  {}, step budget {} s, stopped budget {} s{}", world_.broken(),
                     world_.describe(), name_of(life_), config_.grid.step_budget,
                     config_.grid.stopped_budget, stop_.load() != 0 ? ", to stop" : "");
}

}  // namespace forknet::run
