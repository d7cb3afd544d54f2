#include "train/order_handler.h"

#include <fmt/format.h>

#include <atomic>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/try.h"
#include "os/failpoint.h"
#include "train/reload.h"
#include "train/resize.h"

namespace forknet::run {
namespace {

constexpr std::int64_t kNap = 100'000'000;  // a signal that stops the run does not end the wait

}  // namespace

template <class T>
bool OrderHandler<T>::stop_asked() const {
  if (life_ == LifeState::stopping) return true;
  const auto* stop = training_.job.options.stop;
  return stop != nullptr && stop->load(std::memory_order_relaxed) != 0;
}

template <class T>
bool OrderHandler<T>::stop_ordered() const {
  return orders() != nullptr && orders()->stop_given() != 0;
}

template <class T>
bool OrderHandler<T>::due() const {
  if (orders() == nullptr || !orders()->pending()) return false;
  if (orders()->waits([](LifeEvent event) { return event == LifeEvent::stop; })) return true;
  if (rested_at_ == training_.progress.step) return false;
  return budget_.allows(monotonic_ns()) || orders()->waits(is_urgent);
}

// At rest an order delays no training, so the budget does not apply. An evaluation keeps its cells
// (makes_room()).
template <class T>
OrderReach OrderHandler<T>::reach() const {
  if (!at_rest(life_) && !budget_.allows(monotonic_ns())) return OrderReach::lifecycle;
  return evaluating_ && !over_ ? OrderReach::in_place : OrderReach::all;
}

// Applies the orders that wait now. Later ones wait for the next call; otherwise a steady stream of
// orders would never let training continue.
template <class T>
Result<bool> OrderHandler<T>::apply_waiting() {
  const OrderReach within = reach();
  const std::uint64_t last = orders()->newest();
  bool any = false;
  while (const auto given = orders()->take(within, last)) {
    FORKNET_TRY(apply(*given));
    any = true;
  }
  return any;
}

template <class T>
Status OrderHandler<T>::apply() {
  if (orders() == nullptr) return {};
  const std::int64_t begun = monotonic_ns();
  for (bool first = true;; first = false) {
    FORKNET_ASSIGN(const bool any, apply_waiting());
    if (any && first) budget_.spend(begun, monotonic_ns());
    if (!at_rest(life_) || stop_asked() || makes_room()) break;
    orders()->wait(kNap);
    training_.job.show_life();
    FORKNET_TRY(cells_.engine().tend());
  }
  rested_at_ = training_.progress.step;
  return {};
}

template <class T>
Status OrderHandler<T>::apply_last() {
  over_ = true;
  while (orders() != nullptr && orders()->pending()) {
    if (const auto given = orders()->take()) FORKNET_TRY(apply(*given));
  }
  return {};
}

template <class T>
Status OrderHandler<T>::poll() {
  training_.job.show_life();
  const std::int64_t now = monotonic_ns();
  if (now - tended_ns_ >= kNap) {
    tended_ns_ = now;
    FORKNET_TRY(cells_.engine().tend());
  }
  if (orders() == nullptr || !orders()->pending()) return {};
  const bool now_due = budget_.allows(now) || orders()->waits(is_urgent);
  return now_due ? apply() : Status();
}

template <class T>
bool OrderHandler<T>::makes_room() const {
  if (!evaluating_ || over_ || orders() == nullptr || !orders()->pending()) return false;
  if (!at_rest(life_) && (made_room_ || !budget_.allows(monotonic_ns()))) return false;
  return orders()->waits(moves_cells);
}

template <class T>
Status OrderHandler<T>::apply_in_room() {
  made_room_ = true;
  return apply();
}

template <class T>
Status OrderHandler<T>::end_of_epoch() {
  const bool rests = transition(life_, LifeEvent::epoch_end).action == LifeAction::rest;
  life_ = transition(life_, LifeEvent::epoch_end).to;
  FORKNET_FAILPOINT("life/epoch_end");
  if (!rests) return {};
  const ProgressState& progress = training_.progress;
  training_.saved.save();
  records_.publish_status(name_of(life_), progress.last_epoch.loss);
  training_.job.note(
      fmt::format("held at the end of epoch {}, step {}", progress.epochs_closed, progress.step));
  return apply();
}

// Error: the run cannot continue. A failure of the order alone is reported in its answer.
template <class T>
Status OrderHandler<T>::apply(const Orders::Given& given) {
  const Transition transition = run::transition(life_, given.order.event);
  OrderAnswer answer = {training_.progress.step, std::string(name_of(transition.to)), ""};
  FORKNET_FAILPOINT("life/order/before");
  const Status done = carry_out(transition.action, given.order, answer);
  if (!done.ok()) answer.fault = done.error().message;
  life_ = transition.to;
  FORKNET_FAILPOINT("life/order/after");
  if (transition.action != LifeAction::none && cells_.are_open()) {
    records_.publish_status(name_of(life_), records_.recent_loss());
  }
  orders()->answer(given.number, std::move(answer));
  // Without cells training cannot continue.
  return cells_.are_open() ? Status() : done;
}

template <class T>
Status OrderHandler<T>::carry_out(LifeAction action, const Order& order, OrderAnswer& answer) {
  if (action == LifeAction::refuse || (over_ && moves_cells(order.event))) {
    return Error{ErrorKind::usage, "the run is ending"};
  }
  if (action == LifeAction::save) {
    // The existing checkpoint of this step is complete.
    return checkpoints_.is_saved() ? Status() : checkpoints_.save();
  }
  if (action == LifeAction::resize) return resize(order, training_, cells_);
  if (action == LifeAction::reread) return reload(answer, training_, cells_);
  return {};
}

template class OrderHandler<float>;
template class OrderHandler<double>;

}  // namespace forknet::run
