// What a trainer does when it is asked to, between two steps or two rows of an evaluation: rest,
// save, end, change its replicas.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/layer_costs.h"
#include "os/failpoint.h"
#include "settings/layout.h"
#include "train/cell_process.h"
#include "train/open_state.h"
#include "train/trainer.h"

namespace forknet::run {
namespace {

constexpr std::int64_t kNap = 100'000'000;  // a signal that stops the run wakes nobody

}  // namespace

// Whether the cells are to rest for orders now: not before a step since they rested last, and not
// for what can wait as long as orders have had their share of the time.
template <class T>
bool Trainer<T>::orders_due() const {
  if (job_.orders == nullptr || !job_.orders->pending()) return false;
  if (job_.orders->waits([](LifeEvent event) { return event == LifeEvent::stop; })) return true;
  if (rested_at_ == state_.step) return false;
  return budget_.allows(monotonic_ns()) || job_.orders->waits(is_urgent);
}

// At rest nothing is kept from training. An evaluation keeps its cells (makes_room()).
template <class T>
OrderReach Trainer<T>::order_reach() const {
  if (!at_rest(life_) && !budget_.allows(monotonic_ns())) return OrderReach::lifecycle;
  return evaluating_ && !over_ ? OrderReach::in_place : OrderReach::all;
}

// Those that wait now; what comes meanwhile is for the next time, or there might be none.
template <class T>
Result<bool> Trainer<T>::apply_waiting() {
  const OrderReach reach = order_reach();
  const std::uint64_t last = job_.orders->newest();
  bool any = false;
  while (const auto given = job_.orders->take(reach, last)) {
    FORKNET_TRY(apply(*given));
    any = true;
  }
  return any;
}

template <class T>
Status Trainer<T>::apply() {
  if (job_.orders == nullptr) return {};
  const std::int64_t begun = monotonic_ns();
  for (bool first = true;; first = false) {
    FORKNET_ASSIGN(const bool any, apply_waiting());
    if (any && first) budget_.spend(begun, monotonic_ns());
    if (!at_rest(life_) || stop_asked() || makes_room()) break;
    job_.orders->wait(kNap);
    show_life();
    FORKNET_TRY(engine_->tend());
  }
  rested_at_ = state_.step;
  return {};
}

// Called for every few rows of an evaluation.
template <class T>
Status Trainer<T>::poll() {
  show_life();
  const std::int64_t now = monotonic_ns();
  if (now - polled_ns_ >= kNap) {
    polled_ns_ = now;
    FORKNET_TRY(engine_->tend());
  }
  if (job_.orders == nullptr || !job_.orders->pending()) return {};
  const bool now_due = budget_.allows(now) || job_.orders->waits(is_urgent);
  return now_due ? apply() : Status();
}

// Once: the evaluation that is repeated comes to its end, unless it is at rest itself.
template <class T>
bool Trainer<T>::makes_room() const {
  if (!evaluating_ || over_ || job_.orders == nullptr || !job_.orders->pending()) return false;
  if (!at_rest(life_) && (made_room_ || !budget_.allows(monotonic_ns()))) return false;
  return job_.orders->waits(moves_cells);
}

template <class T>
Status Trainer<T>::end_of_epoch() {
  const bool rests = transition(life_, LifeEvent::epoch_end).action == LifeAction::rest;
  life_ = transition(life_, LifeEvent::epoch_end).to;
  FORKNET_FAILPOINT("life/epoch_end");
  if (!rests) return {};
  save_progress();
  publish_status(name_of(life_), state_.last_epoch.loss);
  note(fmt::format("held at the end of epoch {}, step {}", state_.epochs_closed, state_.step));
  return apply();
}

// Error: the run cannot go on. What only the order came to grief on is told in its answer.
template <class T>
Status Trainer<T>::apply(const Orders::Given& given) {
  const Transition transition = run::transition(life_, given.order.event);
  OrderAnswer answer = {state_.step, std::string(name_of(transition.to)), ""};
  FORKNET_FAILPOINT("life/order/before");
  const Status done = carry_out(transition.action, given.order, answer);
  if (!done.ok()) answer.fault = done.error().message;
  life_ = transition.to;
  FORKNET_FAILPOINT("life/order/after");
  if (transition.action != LifeAction::none && engine_ != nullptr) {
    publish_status(name_of(life_), recent_loss());
  }
  job_.orders->answer(given.number, std::move(answer));
  // Without an engine nothing can go on.
  return engine_ == nullptr ? done : Status();
}

template <class T>
Status Trainer<T>::carry_out(LifeAction action, const Order& order, OrderAnswer& answer) {
  if (action == LifeAction::refuse || (over_ && moves_cells(order.event))) {
    return Error{ErrorKind::usage, "the run is coming to its end"};
  }
  if (action == LifeAction::save) {
    // There is nothing to add to the one of this step.
    return is_saved() ? Status() : save_checkpoint();
  }
  if (action == LifeAction::resize) return resize(order);
  if (action == LifeAction::reread) return reload(answer);
  return {};
}

// Another number of replicas from the next step on: the same weights and steps in a new layout.
template <class T>
Status Trainer<T>::resize(const Order& order) {
  GridConfig grid = settled(job_.config.grid, layout_);
  const auto now = static_cast<std::int64_t>(layout_.shape.replicas);
  grid.replicas = order.relative ? now + order.replicas : order.replicas;
  if (models_) return resize_average(grid.replicas);
  const std::size_t batch = sampler_.batch();
  const auto leaves = static_cast<std::int64_t>((batch + leaf_rows_ - 1) / leaf_rows_);
  if (grid.replicas < 1 || grid.replicas > leaves) {
    return Error{ErrorKind::usage,
                 fmt::format("{} replicas are not possible: 1 to {} are, a leaf of the batch each",
                             grid.replicas, leaves)};
  }
  std::vector<double> costs;
  if (grid.stages != 1) {
    FORKNET_ASSIGN(costs, measure_layer_costs<T>(job_.plan, batch, job_.target));
  }
  FORKNET_ASSIGN(auto layout, layout_of(grid, job_.plan, batch, costs));
  const cell::GridPlan before = layout_;
  Status moved = move_to(std::move(layout));
  if (moved.ok()) {
    note(fmt::format("{} replicas from step {} on", grid.replicas, state_.step));
    keep_replicas();
    return {};
  }
  if (engine_ == nullptr) FORKNET_TRY(move_to(before));  // its cells have gone already
  return moved;
}

// A resume goes on with as many.
template <class T>
void Trainer<T>::keep_replicas() {
  if (job_.recorder == nullptr) return;
  const Status kept = job_.recorder->keep_settings(
      {{"grid.replicas", std::to_string(layout_.shape.replicas), ""}}, "scale");
  if (!kept.ok()) note("warning: a resume will not know of it: " + kept.error().message);
}

// The same weights and steps in another layout. After an Error there may be no engine any more.
template <class T>
Status Trainer<T>::move_to(cell::GridPlan layout) {
  if (models_) return reopen_average();
  FORKNET_FAILPOINT("move/before");
  const bool processes = wants_processes(job_.config.grid, layout) && can_start_cells();
  FORKNET_ASSIGN(auto live, open_state<T>(job_, layout, processes, &live_));
  FORKNET_ASSIGN(auto weights, weights_in<T>(live));
  weights.turn_to(state_.step);
  weights.copy_from(weights_);
  FORKNET_FAILPOINT("move/state");
  if (engine_ != nullptr) faults_.add(engine_->faults());
  engine_.reset();  // its cells end
  FORKNET_FAILPOINT("move/ended");
  live_ = std::move(live);
  weights_ = std::move(weights);
  layout_ = std::move(layout);
  in_processes_ = processes;
  live_.control().prepare(state_.step);
  seal_weights();
  save_progress();
  Status opened = open_engine();
  FORKNET_FAILPOINT("move/opened");
  if (opened.ok()) {
    FORKNET_TRY(live_.keep());
    FORKNET_FAILPOINT("move/kept");
    return {};
  }
  live_.remove();
  return opened;
}

#define FORKNET_TRAINER(T)                                 \
  template bool Trainer<T>::orders_due() const;            \
  template Status Trainer<T>::apply();                     \
  template Status Trainer<T>::poll();                      \
  template bool Trainer<T>::makes_room() const;            \
  template Status Trainer<T>::apply(const Orders::Given&); \
  template Status Trainer<T>::end_of_epoch();              \
  template Status Trainer<T>::move_to(cell::GridPlan);     \
  template Status Trainer<T>::resize(const Order&);
FORKNET_TRAINER(float)
FORKNET_TRAINER(double)
#undef FORKNET_TRAINER

}  // namespace forknet::run
