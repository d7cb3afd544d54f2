// When cells that make no progress are given up: those that are stopped (SIGSTOP) after one budget,
// those that hang after another; one that a debugger holds, never. Pure: told what it asks about.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace forknet::run {

class Watchdog {
 public:
  struct Budgets {
    std::int64_t step_ns = 0;  // 0: fifty times the median step, at least ten seconds
    std::int64_t stopped_ns = 0;
  };
  explicit Watchdog(const Budgets& budgets) : budgets_(budgets) {}

  // A step of so long has been done, or the cells rest: nothing is overdue.
  void step_done(std::int64_t now, std::int64_t step_ns) {
    steps_[count_++ % kSteps] = step_ns;
    since_ = now;
  }
  void rest(std::int64_t now) { since_ = now; }

  // Whether it is worth to look at the cells.
  [[nodiscard]] bool worth_a_look(std::int64_t now) const { return now - since_ >= kSoonest; }
  [[nodiscard]] bool stopped_too_long(std::int64_t now) const {
    return now - since_ >= budgets_.stopped_ns;
  }
  [[nodiscard]] bool hangs(std::int64_t now) const { return now - since_ >= step_budget(); }

  [[nodiscard]] std::int64_t step_budget() const {
    if (budgets_.step_ns > 0) return budgets_.step_ns;
    const std::size_t known = std::min(count_, kSteps);
    if (known == 0) return kLeast;
    std::array<std::int64_t, kSteps> sorted = steps_;
    std::nth_element(sorted.begin(), sorted.begin() + known / 2, sorted.begin() + known);
    return std::max(kLeast, kSlack * sorted[known / 2]);
  }

 private:
  static constexpr std::size_t kSteps = 64;
  static constexpr std::int64_t kLeast = 10'000'000'000;
  static constexpr std::int64_t kSlack = 50;
  static constexpr std::int64_t kSoonest = 200'000'000;
  const Budgets budgets_;
  std::array<std::int64_t, kSteps> steps_ = {};
  std::size_t count_ = 0;
  std::int64_t since_ = 0;
};

}  // namespace forknet::run
