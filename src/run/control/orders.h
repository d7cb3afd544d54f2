// What a run is asked to do while it trains, on its way from those who ask (control socket,
// signals) to the trainer and back: each order is answered with the step at which it took effect.
// Any number of threads ask; one trainer obeys.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "run/control/lifecycle.h"

namespace forknet::run {

struct Order {
  LifeEvent event = LifeEvent::pause;
  std::int64_t replicas = 0;  // scale: how many
  bool relative = false;      // scale: more or fewer by `replicas`
};

struct OrderAnswer {
  std::uint64_t step = 0;
  std::string state;  // the run's afterwards
  std::string fault;  // why it was not done; empty: it was
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
  [[nodiscard]] std::optional<Given> take();
  void answer(std::uint64_t number, OrderAnswer answer);
  // Sleeps until an order waits or the time is over.
  void wait(std::int64_t timeout_ns);
  // Nobody obeys any more: what waits, and what comes, is answered so.
  void close(const std::string& fault);

 private:
  std::mutex mutex_;  // guards what follows
  std::condition_variable given_;
  std::deque<Given> waiting_;
  std::map<std::uint64_t, OrderAnswer> answers_;
  std::uint64_t next_ = 1;
  std::optional<std::string> closed_;
  std::atomic<bool> pending_{false};
};

}  // namespace forknet::run
