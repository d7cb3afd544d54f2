// The orders of a training (orders/orders.h), applied between two steps or two chunks of an
// evaluation, by the table of orders/lifecycle.h: rest, save, end, resize, reload. Whoever calls
// apply() has brought the cells to rest. T is float or double.
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
  // All of them outlive it.
  OrderHandler(Training<T>& training, Cells<T>& cells, Checkpoints<T>& checkpoints,
               Records<T>& records)
      : training_(training), cells_(cells), checkpoints_(checkpoints), records_(records) {}

  // By an order that was applied, or from outside.
  [[nodiscard]] bool stop_asked() const;
  // One of the orders that were given, applied or not, is to stop the run.
  [[nodiscard]] bool stop_ordered() const;

  // Whether the cells are to rest for orders now: not before a step since they rested last, and not
  // for what can wait as long as orders have had their share of the time.
  [[nodiscard]] bool due() const;
  // Those that wait. Returns when the training may go on. Error: it cannot.
  [[nodiscard]] Status apply();
  // Cells and steps are over: all that waits is answered, what would move cells is refused.
  [[nodiscard]] Status apply_last();
  // An epoch has been closed: rests where that was ordered.
  [[nodiscard]] Status end_of_epoch();

  // --- an evaluation
  void evaluation_begins() { evaluating_ = true; }
  void evaluation_ends() { evaluating_ = false; }
  // For every few rows of it: what can be applied is, cells that die are replaced.
  [[nodiscard]] Status poll();
  // It is to be broken off, and repeated: an order waits that moves its cells.
  [[nodiscard]] bool makes_room() const;
  // It has been broken off: what it made room for is applied. The one that is repeated comes to its
  // end, unless it is at rest itself.
  [[nodiscard]] Status apply_in_room();
  void room_is_used() { made_room_ = false; }

  // No further step; the last evaluation may be under way.
  void steps_are_over() { over_ = true; }

 private:
  [[nodiscard]] OrderReach reach() const;
  [[nodiscard]] Result<bool> apply_waiting();  // false: there were none
  [[nodiscard]] Status apply(const Orders::Given& given);
  [[nodiscard]] Status carry_out(LifeAction action, const Order& order, OrderAnswer& answer);
  [[nodiscard]] Orders* orders() const { return training_.job.orders; }  // null: there are none

  Training<T>& training_;
  Cells<T>& cells_;
  Checkpoints<T>& checkpoints_;
  Records<T>& records_;
  LifeState life_ = LifeState::running;
  bool evaluating_ = false;
  bool made_room_ = false;  // the evaluation that is due has been broken off once
  bool over_ = false;
  std::int64_t tended_ns_ = 0;              // when an evaluation looked after its cells last
  OrderBudget budget_;                      // of the time that orders take
  std::optional<std::uint64_t> rested_at_;  // the step at which orders were applied last
};

}  // namespace forknet::run
