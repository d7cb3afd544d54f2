// The rows of step t: a pure function of (seed, t), so no worker holds random state. Steps count
// from 0 over the whole run; an epoch visits every row once; its last batch may be short. The order
// of an epoch is a Fisher-Yates shuffle by keyed random words (docs/numerics.md). Immutable.
#pragma once

#include <cstdint>
#include <span>

namespace forknet::data {

// The rows of a step: order[first, first + rows) of the epoch's order.
struct BatchPlan {
  std::uint64_t epoch = 0;
  std::uint64_t index_in_epoch = 0;  // the step's number within the epoch
  std::uint32_t first = 0;
  std::uint32_t rows = 0;
};

// One of `models` disjoint shares of every epoch's order. Sizes differ by at most one row; the
// first shares are the larger ones.
struct RowShare {
  std::uint32_t models = 1;
  std::uint32_t model = 0;
};

class Sampler {
 public:
  // rows >= 1, batch >= 1; a larger batch than all rows is all rows. For a share: at most as many
  // models as rows; all shares have the same number of steps in an epoch, the last of which may
  // have no rows.
  Sampler(std::uint64_t seed, std::uint32_t rows, std::uint32_t batch, bool shuffle,
          const RowShare& share = {});

  // Rows of all shares.
  [[nodiscard]] std::uint32_t rows() const { return rows_; }
  [[nodiscard]] std::uint32_t batch() const { return batch_; }
  [[nodiscard]] bool shuffles() const { return shuffle_; }
  [[nodiscard]] std::uint64_t steps_per_epoch() const { return steps_per_epoch_; }
  [[nodiscard]] BatchPlan plan(std::uint64_t step) const;
  // The same steps for another share.
  [[nodiscard]] Sampler of_model(std::uint32_t model) const;
  [[nodiscard]] std::uint32_t models() const { return share_.models; }
  // Rows of all shares in an epoch's first `steps` steps.
  [[nodiscard]] std::uint64_t rows_of_steps(std::uint64_t steps) const;
  // The positions 0 .. rows - 1 in the order of that epoch. out: (rows).
  void epoch_order(std::uint64_t epoch, std::span<std::uint32_t> out) const;

 private:
  std::uint64_t seed_;
  std::uint32_t rows_;
  std::uint32_t batch_;
  bool shuffle_;
  RowShare share_;
  std::uint32_t begin_;  // of the share, in the order
  std::uint32_t end_;
  std::uint64_t steps_per_epoch_;
};

}  // namespace forknet::data
