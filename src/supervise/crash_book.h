// Decides which deaths of cells a run survives. A death by SIGKILL is not a fault of the program,
// but too many without a step in between still end the run. So do three equal crashes by the
// program's own fault at one step, because a fourth would be the same. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace forknet::run {

class CrashBook {
 public:
  explicit CrashBook(std::uint64_t most_deaths) : most_deaths_(most_deaths) {}

  enum class Verdict { go_on, too_many, always_the_same };
  // Records that `cell` died at `step` (committed steps), how, and whether by its own fault.
  [[nodiscard]] Verdict note(std::size_t cell, std::uint64_t step, const std::string& ending,
                             bool own_fault) {
    if (step != step_) {
      step_ = step;
      deaths_ = 0;
      crashes_.clear();
    }
    if (++deaths_ > most_deaths_) return Verdict::too_many;
    if (!own_fault) return Verdict::go_on;
    const int equal = ++crashes_[std::to_string(cell) + " " + ending];
    return equal >= kEqual ? Verdict::always_the_same : Verdict::go_on;
  }

 private:
  static constexpr int kEqual = 3;
  const std::uint64_t most_deaths_;
  std::uint64_t step_ = 0;
  std::uint64_t deaths_ = 0;            // at the current step
  std::map<std::string, int> crashes_;  // count by cell and ending, at the current step
};

}  // namespace forknet::run
