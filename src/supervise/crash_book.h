// Which deaths of cells a run goes on after. A death by SIGKILL is nobody's fault, but too many
// without a step in between end the run all the same; so do three equal crashes by the program's
// own fault at one step, because the fourth would be like them. Pure.
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
  // A cell that died at `step` (committed steps); how, and whose fault it was.
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
  std::uint64_t deaths_ = 0;            // at that step
  std::map<std::string, int> crashes_;  // at that step, how often
};

}  // namespace forknet::run
