// The commits of a run or a model, in memory that outlives its process: the number of committed
// steps, whether the run rests there, and the figures of the last steps. A commit is one atomic
// store. All zero except what begin() sets; one writer at a time.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <optional>

#include "cell/network.h"
#include "state/version_sums.h"

namespace forknet::run {

// Steps whose figures are kept; the cells never get further ahead of the reader.
inline constexpr std::uint64_t kFigures = 1024;

struct CommittedStep {
  double loss = 0;
  std::uint64_t correct = 0;
  std::uint64_t rows = 0;
  double weight = 0;          // as in cell::BatchSums
  double correct_weight = 0;  // likewise
  std::uint64_t check = 0;    // checksum of the members above and the step

  static CommittedStep of(std::uint64_t step, const cell::BatchSums& sums) {
    CommittedStep own = {sums.loss, sums.correct, sums.rows, sums.weight, sums.correct_weight};
    own.check = own.sum(step);
    return own;
  }
  [[nodiscard]] cell::BatchSums sums() const {
    return {loss, correct, rows, weight, correct_weight};
  }
  // Whether the figures are those written for that step.
  [[nodiscard]] bool whole(std::uint64_t step) const { return check == sum(step); }

  [[nodiscard]] std::uint64_t sum(std::uint64_t step) const {
    constexpr std::uint64_t kOdd = 0x9E37'79B9'7F4A'7C15;
    std::uint64_t sum = step + 1;
    for (const std::uint64_t part :
         {std::bit_cast<std::uint64_t>(loss), correct, rows, std::bit_cast<std::uint64_t>(weight),
          std::bit_cast<std::uint64_t>(correct_weight)}) {
      sum = (sum ^ part) * kOdd;
      sum ^= sum >> 32;
    }
    return sum;
  }
};

// The checksums of the two versions of weights (math/bit_sum.h), each with its number of steps. A
// resume checks the weights of a dead run against them. Written before the step is committed.
class WrittenSums {
 public:
  void put(std::uint64_t steps, std::uint64_t sum) { sums_.put(steps % 2, steps, sum); }
  // Nothing: no checksum is stored for the weights after that many steps.
  [[nodiscard]] std::optional<std::uint64_t> of(std::uint64_t steps) const {
    return sums_.of(steps % 2, steps);
  }

 private:
  VersionSums sums_;
};

class Commits {
 public:
  // Rests at `first_step`. release; pairs with the acquire in committed() and resting().
  void begin(std::uint64_t first_step) {
    commit_.store(first_step << 1 | 1, std::memory_order_release);
  }
  [[nodiscard]] std::uint64_t committed() const {
    return commit_.load(std::memory_order_acquire) >> 1;
  }
  [[nodiscard]] bool resting() const { return (commit_.load(std::memory_order_acquire) & 1) != 0; }
  // The figures of a committed step.
  [[nodiscard]] const CommittedStep& figures(std::uint64_t step) const {
    return figures_[step % kFigures];
  }
  // Of a resumed run: the figures that an earlier process stored.
  void put_committed(std::uint64_t step, const CommittedStep& figures) {
    figures_[step % kFigures] = figures;
  }
  // The figures of `step`; called before it is committed.
  void put_figures(std::uint64_t step, const cell::BatchSums& sums) {
    figures_[step % kFigures] = CommittedStep::of(step, sums);
  }
  // Checksums of the weights, of a trainer that works alone; else of those that the cells began
  // with.
  WrittenSums written;
  // Of a trainer that works alone: commits `step`, the next one, and rests.
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
