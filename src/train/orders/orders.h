// What a run is asked to do while it trains, on its way from those who ask (control socket,
// signals) to the trainer and back: each order is answered with the step at which it took effect.
// Any number of threads ask; one trainer applies.
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
  std::int64_t replicas = 0;  // scale: how many
  bool relative = false;      // scale: more or fewer by `replicas`
};

// Its cells are given up for others: weights and engine are not the same objects afterwards.
[[nodiscard]] constexpr bool moves_cells(LifeEvent event) {
  return event == LifeEvent::scale || event == LifeEvent::reload;
}

// Which orders may be taken: while a run trains some can wait, and within an evaluation some have
// to.
enum class OrderReach {
  lifecycle,  // pause, resume, hold, release, stop: what they do takes no time
  in_place,   // checkpoint as well
  all,
};

[[nodiscard]] constexpr OrderReach reach_of(LifeEvent event) {
  if (moves_cells(event)) return OrderReach::all;
  return event == LifeEvent::checkpoint ? OrderReach::in_place : OrderReach::lifecycle;
}

// Never kept waiting.
[[nodiscard]] constexpr bool is_urgent(LifeEvent event) {
  return event == LifeEvent::pause || event == LifeEvent::stop;
}

struct OrderAnswer {
  std::uint64_t step = 0;
  std::string state;      // the run's afterwards
  std::string fault;      // why it was not done; empty: it was
  std::string note = {};  // what else there is to say; mostly empty
};

class Orders {
 public:
  // --- those who ask
  // A number to look for the answer with.
  [[nodiscard]] std::uint64_t give(const Order& order);
  // Taken out; nothing as long as there is none.
  [[nodiscard]] std::optional<OrderAnswer> answer_to(std::uint64_t number);

  // --- the trainer
  // Cheap: one look at a word. Some order waits.
  [[nodiscard]] bool pending() const { return pending_.load(std::memory_order_relaxed); }
  struct Given {
    std::uint64_t number = 0;
    Order order;
  };
  // The first within reach whose number is at most `last`.
  [[nodiscard]] std::optional<Given> take(OrderReach reach = OrderReach::all,
                                          std::uint64_t last = ~std::uint64_t{0});
  // Whether one waits of which that is true.
  [[nodiscard]] bool waits(bool (*is)(LifeEvent)) const;
  // The number of the last one that was given; 0: none was.
  [[nodiscard]] std::uint64_t newest() const;
  // Not 0: some order that was given is to stop the run.
  [[nodiscard]] const std::atomic<int>& stop_given() const { return stop_given_; }
  void answer(std::uint64_t number, OrderAnswer answer);
  // Sleeps until an order waits or the time is over.
  void wait(std::int64_t timeout_ns);
  // The trainer lives: it works, waits for its cells or rests. Cheap.
  void beat() { beats_.fetch_add(1, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t beats() const { return beats_.load(std::memory_order_relaxed); }
  // Nobody applies any more: what waits, and what comes, is answered so.
  void close(const std::string& fault);

 private:
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable given_;
  std::deque<Given> waiting_;
  std::map<std::uint64_t, OrderAnswer> answers_;
  std::uint64_t next_ = 1;
  std::optional<std::string> closed_;
  std::atomic<bool> pending_{false};
  std::atomic<int> stop_given_{0};  // relaxed: nothing else is handed over by it
  std::atomic<std::uint64_t> beats_{0};
};

}  // namespace forknet::run
