#include "run/control/orders.h"

#include <chrono>

namespace forknet::run {

std::uint64_t Orders::give(const Order& order) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t number = next_++;
  if (closed_) {
    answers_[number] = {0, "ended", *closed_};
    return number;
  }
  if (order.event == LifeEvent::stop) stop_given_.store(1, std::memory_order_relaxed);
  waiting_.push_back({number, order});
  pending_.store(true, std::memory_order_relaxed);
  given_.notify_all();
  return number;
}

std::optional<OrderAnswer> Orders::answer_to(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  const auto found = answers_.find(number);
  if (found == answers_.end()) return std::nullopt;
  OrderAnswer answer = std::move(found->second);
  answers_.erase(found);
  return answer;
}

std::optional<Orders::Given> Orders::take() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return std::nullopt;
  const Given given = waiting_.front();
  waiting_.pop_front();
  pending_.store(!waiting_.empty(), std::memory_order_relaxed);
  return given;
}

std::optional<LifeEvent> Orders::next() const {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return std::nullopt;
  return waiting_.front().order.event;
}

void Orders::answer(std::uint64_t number, OrderAnswer answer) {
  const std::lock_guard lock(mutex_);
  answers_[number] = std::move(answer);
}

void Orders::wait(std::int64_t timeout_ns) {
  std::unique_lock lock(mutex_);
  given_.wait_for(lock, std::chrono::nanoseconds(timeout_ns), [&] { return !waiting_.empty(); });
}

void Orders::close(const std::string& fault) {
  const std::lock_guard lock(mutex_);
  closed_ = fault;
  for (const Given& given : waiting_) answers_[given.number] = {0, "ended", fault};
  waiting_.clear();
  pending_.store(false, std::memory_order_relaxed);
}

}  // namespace forknet::run
