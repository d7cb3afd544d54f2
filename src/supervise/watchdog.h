// Decides when to end cells that make no progress: stopped ones (SIGSTOP) after one budget, hanging
// ones after another, cells held by a debugger never. Time without calls of look() does not count,
// because the Supervisor itself was stopped or frozen. Pure: all times are arguments.
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

  // step_done: a step took step_ns. rest: the cells rest. Both restart the budgets.
  void step_done(std::int64_t now, std::int64_t step_ns) {
    steps_[count_++ % kSteps] = step_ns;
    rest(now);
  }
  void rest(std::int64_t now) { since_ = acting_since_ = looked_ = now; }
  // Some cell is stopped or held by a debugger: the time for hanging cells restarts.
  void held(std::int64_t now) { acting_since_ = now; }
  // Call before each query.
  void look(std::int64_t now) {
    if (now - looked_ > kGap) {
      since_ += now - looked_;
      acting_since_ += now - looked_;
    }
    looked_ = now;
  }

  // True: enough time has passed to check the cells.
  [[nodiscard]] bool worth_a_look(std::int64_t now) const { return now - since_ >= kSoonest; }
  [[nodiscard]] bool stopped_too_long(std::int64_t now) const {
    return now - since_ >= budgets_.stopped_ns;
  }
  [[nodiscard]] bool hangs(std::int64_t now) const { return now - acting_since_ >= step_budget(); }
  // For a stopping run: a step may take a few times the median.
  [[nodiscard]] bool hangs_at_stop(std::int64_t now) const {
    return now - acting_since_ >= stop_budget();
  }
  // For a starting process or a transfer of weights, which have no median.
  [[nodiscard]] bool hangs_at_start(std::int64_t now) const {
    return now - acting_since_ >= start_budget();
  }

  [[nodiscard]] std::int64_t step_budget() const {
    if (budgets_.step_ns > 0) return budgets_.step_ns;
    return std::max(kLeast, kSlack * median_step());
  }
  [[nodiscard]] std::int64_t stop_budget() const {
    return std::min(step_budget(), std::max(kLeastAtStop, kSlackAtStop * median_step()));
  }
  [[nodiscard]] std::int64_t start_budget() const { return std::max(kLeast, step_budget()); }

 private:
  // 0: not known yet.
  [[nodiscard]] std::int64_t median_step() const {
    const std::size_t known = std::min(count_, kSteps);
    if (known == 0) return 0;
    std::array<std::int64_t, kSteps> sorted = steps_;
    std::nth_element(sorted.begin(), sorted.begin() + known / 2, sorted.begin() + known);
    return sorted[known / 2];
  }

  static constexpr std::size_t kSteps = 64;
  static constexpr std::int64_t kLeast = 10'000'000'000;
  static constexpr std::int64_t kSlack = 50;
  static constexpr std::int64_t kLeastAtStop = 2'000'000'000;
  static constexpr std::int64_t kSlackAtStop = 4;
  static constexpr std::int64_t kSoonest = 200'000'000;
  static constexpr std::int64_t kGap =
      1'000'000'000;  // longest gap between looks, which come every 20 ms
  const Budgets budgets_;
  std::array<std::int64_t, kSteps> steps_ = {};
  std::size_t count_ = 0;
  std::int64_t since_ = 0;         // start of the time without progress
  std::int64_t acting_since_ = 0;  // the same, since a cell was last stopped or held
  std::int64_t looked_ = 0;
};

}  // namespace forknet::run
