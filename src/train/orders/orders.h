// A queue of orders to a training run, from clients (control socket, signals) to the trainer, with
// the answers back: the step at which an order took effect. Any number of client threads; one
// trainer.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "train/orders/lifecycle.h"

namespace forknet::run {

struct Order {
  LifeEvent event = LifeEvent::pause;
  std::int64_t replicas = 0;  // scale: the number
  bool relative = false;      // scale: `replicas` is added to the present number
};

// True: the order replaces the cells; weights and engine are other objects afterwards.
[[nodiscard]] constexpr bool moves_cells(LifeEvent event) {
  return event == LifeEvent::scale || event == LifeEvent::reload;
}

// Which orders may be taken: while a run trains some can wait, and within an evaluation some must.
enum class OrderReach {
  lifecycle,  // pause, resume, hold, release, stop: they take no time
  in_place,   // checkpoint as well
  all,
};

[[nodiscard]] constexpr OrderReach reach_of(LifeEvent event) {
  if (moves_cells(event)) return OrderReach::all;
  return event == LifeEvent::checkpoint ? OrderReach::in_place : OrderReach::lifecycle;
}

// True: the order never waits for the budget.
[[nodiscard]] constexpr bool is_urgent(LifeEvent event) {
  return event == LifeEvent::pause || event == LifeEvent::stop;
}

struct OrderAnswer {
  std::uint64_t step = 0;
  std::string state;      // of the run afterwards
  std::string fault;      // why the order failed; empty: success
  std::string note = {};  // a remark for the user; often empty
};

class Orders {
 public:
  // --- clients
  // Returns the number for answer_to().
  [[nodiscard]] std::uint64_t give(const Order& order);
  // Removes and returns the answer; nothing if there is none yet.
  [[nodiscard]] std::optional<OrderAnswer> answer_to(std::uint64_t number);

  // --- the trainer
  // True: some order waits. Cheap: one relaxed load.
  [[nodiscard]] bool pending() const { return pending_.load(std::memory_order_relaxed); }
  struct Given {
    std::uint64_t number = 0;
    Order order;
  };
  // Removes and returns the first order within reach whose number is at most `last`.
  [[nodiscard]] std::optional<Given> take(OrderReach reach = OrderReach::all,
                                          std::uint64_t last = ~std::uint64_t{0});
  // True: an order for which is() holds is waiting.
  [[nodiscard]] bool waits(bool (*is)(LifeEvent)) const;
  // The number of the newest order; 0: none was given.
  [[nodiscard]] std::uint64_t newest() const;
  // Not 0: an order to stop the run was given.
  [[nodiscard]] const std::atomic<int>& stop_given() const { return stop_given_; }
  void answer(std::uint64_t number, OrderAnswer answer);
  // Blocks until an order waits or the time is over.
  void wait(std::int64_t timeout_ns);
  // Shows that the trainer is alive: it works, waits for its cells or rests. Cheap.
  void beat() { beats_.fetch_add(1, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t beats() const { return beats_.load(std::memory_order_relaxed); }
  // No further orders are applied: waiting and later ones are answered with `fault`.
  void close(const std::string& fault);

 private:
  mutable std::mutex mutex_;  // guards the members below
  std::condition_variable given_;
  std::deque<Given> waiting_;
  std::map<std::uint64_t, OrderAnswer> answers_;
  std::uint64_t next_ = 1;
  std::optional<std::string> closed_;
  std::atomic<bool> pending_{false};
  std::atomic<int> stop_given_{0};  // relaxed: publishes no other data
  std::atomic<std::uint64_t> beats_{0};
};

}  // namespace forknet::run
