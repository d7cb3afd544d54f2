// How far something that takes steps has come, in memory that outlives its process: the steps that
// are committed, whether it rests there, and what each of the last ones came to. A commit is one
// atomic store. All zero but for what prepare() sets; one writer at a time.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "cell/network.h"

namespace forknet::run {

// Steps whose figures are kept: nobody gets further ahead of who reads them.
inline constexpr std::uint64_t kFigures = 1024;

struct CommittedStep {
  double loss = 0;
  std::uint64_t correct = 0;
  std::uint64_t rows = 0;
};

class Commits {
 public:
  // Resting at `first_step`. release: so is what it stands for.
  void begin(std::uint64_t first_step) {
    commit_.store(first_step << 1 | 1, std::memory_order_release);
  }
  [[nodiscard]] std::uint64_t committed() const {
    return commit_.load(std::memory_order_acquire) >> 1;
  }
  [[nodiscard]] bool resting() const { return (commit_.load(std::memory_order_acquire) & 1) != 0; }
  // Of a committed step.
  [[nodiscard]] const CommittedStep& figures(std::uint64_t step) const {
    return figures_[step % kFigures];
  }
  // Of a run that goes on: what an earlier process found out.
  void put_committed(std::uint64_t step, const CommittedStep& figures) {
    figures_[step % kFigures] = figures;
  }
  // What `step` came to; before it is committed.
  void put_figures(std::uint64_t step, const cell::BatchSums& sums) {
    figures_[step % kFigures] = {sums.loss, sums.correct, sums.rows};
  }
  // Of one that works alone: commits `step`, the next one, and rests.
  void commit_alone(std::uint64_t step, const cell::BatchSums& sums) {
    put_figures(step, sums);
    begin(step + 1);
  }

 protected:
  alignas(64) std::atomic<std::uint64_t> commit_;  // steps << 1 | resting

 private:
  std::array<CommittedStep, kFigures> figures_;
};

}  // namespace forknet::run
