// How many runs at a time are fastest, measured on the runs themselves. Pure: it is told which runs
// train and how far they are.
//
// The first run trains alone for a moment; then two train, four, and so on, as far as the CPUs go.
// With k at a time the work done is k times what one of them does; the first run stands for all, by
// the steps that it does beside the others and did alone. A number that does not do at least 3 %
// more than the best one before it is one too many. A run that ends before it can be measured is
// too short to matter: then the next number is taken as it is, as for one that does no steps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace forknet::sweep {

// A run that trains.
struct Pace {
  std::size_t trial = 0;
  std::uint64_t steps = 0;  // done so far; 0: it has not begun yet
};

class SideBySide {
 public:
  // At most so many at a time, 1 or more.
  explicit SideBySide(std::size_t most) : most_(most) {}

  // So many runs may train at a time now.
  [[nodiscard]] std::size_t allowed() const { return allowed_; }
  [[nodiscard]] bool settled() const { return settled_; }
  // The number at a time is the best so far, with the factor over one at a time, if measured.
  [[nodiscard]] std::optional<double> gain() const { return gain_; }

  // Called often; `running` in the order in which they were started.
  void look(std::int64_t now_ns, std::span<const Pace> running);

 private:
  struct Window {  // in which steps are counted
    std::int64_t begin_ns = 0;
    std::uint64_t steps = 0;
  };
  [[nodiscard]] bool same_trials(std::span<const Pace> running) const;
  void open(std::int64_t now_ns, std::span<const Pace> running);
  void conclude(std::size_t first);
  void climb();

  std::size_t most_;
  std::size_t allowed_ = 1;
  bool settled_ = false;
  std::vector<std::size_t> trials_;  // that train in the window
  std::optional<Window> window_;
  int windows_ = 0;        // of this number of runs
  double rate_ = 0;        // the best of them, in steps of the first run per second
  std::size_t first_ = 0;  // the run that was measured alone
  double alone_ = 0;       // its rate then; 0: not measured
  double best_ = 0;        // the most work so far, as a multiple of that
  std::size_t best_at_ = 1;
  std::optional<double> gain_;
};

}  // namespace forknet::sweep
