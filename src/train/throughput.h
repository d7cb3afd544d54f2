// The speed of training, counting only the time spent in steps, and when a progress line is due.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace forknet::run {

class Throughput {
 public:
  void add_step(std::int64_t nanoseconds, std::uint64_t rows) {
    train_ns_ += nanoseconds;
    rows_ += rows;
    ++steps_;
    const std::int64_t now = monotonic_ns();
    tick_due_ = now - last_tick_ns_ >= kTickNs;
    if (tick_due_) last_tick_ns_ = now;
  }
  // True about ten times per second, after a step.
  [[nodiscard]] bool tick_due() const { return tick_due_; }
  [[nodiscard]] double train_seconds() const { return static_cast<double>(train_ns_) * 1e-9; }
  [[nodiscard]] double samples_per_second() const {
    return train_ns_ > 0 ? static_cast<double>(rows_) / train_seconds() : 0.0;
  }
  [[nodiscard]] double seconds_for(std::uint64_t steps) const {
    return steps_ > 0 ? train_seconds() / static_cast<double>(steps_) * static_cast<double>(steps)
                      : 0.0;
  }

 private:
  static constexpr std::int64_t kTickNs = 100'000'000;
  std::int64_t train_ns_ = 0;
  std::int64_t last_tick_ns_ = 0;
  std::uint64_t rows_ = 0;
  std::uint64_t steps_ = 0;
  bool tick_due_ = false;
};

}  // namespace forknet::run
