#include "train/orders/orders.h"

#include <algorithm>
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

std::optional<Orders::Given> Orders::take(OrderReach reach, std::uint64_t last) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(waiting_.begin(), waiting_.end(), [&](const Given& one) {
    return one.number <= last && reach_of(one.order.event) <= reach;
  });
  if (found == waiting_.end()) return std::nullopt;
  const Given given = *found;
  waiting_.erase(found);
  pending_.store(!waiting_.empty(), std::memory_order_relaxed);
  return given;
}

bool Orders::waits(bool (*is)(LifeEvent)) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(waiting_.begin(), waiting_.end(),
                     [&](const Given& given) { return is(given.order.event); });
}

std::uint64_t Orders::newest() const {
  const std::lock_guard lock(mutex_);
  return next_ - 1;
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
