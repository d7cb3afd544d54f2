// Applies the orders of a training (orders/orders.h) between two steps or two chunks of an
// evaluation, by the table of orders/lifecycle.h: rest, save, end, resize, reload. Callers of
// apply() first bring the cells to rest. T is float or double.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <optional>

#include "train/cells.h"
#include "train/checkpoints.h"
#include "train/orders/order_budget.h"
#include "train/orders/orders.h"
#include "train/records.h"
#include "train/training.h"

namespace forknet::run {

template <class T>
class OrderHandler {
 public:
  // All arguments outlive this object.
  OrderHandler(Training<T>& training, Cells<T>& cells, Checkpoints<T>& checkpoints,
               Records<T>& records)
      : training_(training), cells_(cells), checkpoints_(checkpoints), records_(records) {}

  // True: an applied order or the options' stop flag ends the run.
  [[nodiscard]] bool stop_asked() const;
  // True: an order to stop was given, applied or not.
  [[nodiscard]] bool stop_ordered() const;

  // True: the cells must rest for orders now. Except for a stop, at most once per step, and for
  // orders that can wait only while the budget for orders allows it.
  [[nodiscard]] bool due() const;
  // Applies the waiting orders. Returns when training may continue. Error: it cannot.
  [[nodiscard]] Status apply();
  // After the last step: answers all waiting orders; refuses those that would move cells.
  [[nodiscard]] Status apply_last();
  // Call when an epoch has been closed. Rests if that was ordered.
  [[nodiscard]] Status end_of_epoch();

  // --- an evaluation
  void evaluation_begins() { evaluating_ = true; }
  void evaluation_ends() { evaluating_ = false; }
  // Call every few rows: applies what can be applied, replaces dead cells.
  [[nodiscard]] Status poll();
  // True: interrupt the evaluation and repeat it, because a waiting order moves cells.
  [[nodiscard]] bool makes_room() const;
  // After the interruption: applies those orders. The repeated evaluation is not interrupted again,
  // unless it is at rest itself.
  [[nodiscard]] Status apply_in_room();
  void room_is_used() { made_room_ = false; }

  // No further step follows; the last evaluation may be running.
  void steps_are_over() { over_ = true; }

 private:
  [[nodiscard]] OrderReach reach() const;
  [[nodiscard]] Result<bool> apply_waiting();  // false: none waited
  [[nodiscard]] Status apply(const Orders::Given& given);
  [[nodiscard]] Status carry_out(LifeAction action, const Order& order, OrderAnswer& answer);
  [[nodiscard]] Orders* orders() const { return training_.job.orders; }  // may be null

  Training<T>& training_;
  Cells<T>& cells_;
  Checkpoints<T>& checkpoints_;
  Records<T>& records_;
  LifeState life_ = LifeState::running;
  bool evaluating_ = false;
  bool made_room_ = false;  // the evaluation that is due was interrupted once
  bool over_ = false;
  std::int64_t tended_ns_ = 0;              // when an evaluation last tended its cells
  OrderBudget budget_;                      // for the time that orders take
  std::optional<std::uint64_t> rested_at_;  // the step at which orders were last applied
};

}  // namespace forknet::run
