// What one step does to the weights: the learning rate of its schedule and the rule for the
// kernels. Pure functions of the settings and the step: no worker holds state of a schedule.
#pragma once

#include <forknet/config.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "math/product_kernels.h"

namespace forknet::nn {

// Number of regions, shaped like the weights, that the optimizer keeps: 0, 1 or 2.
[[nodiscard]] std::size_t moment_count(OptimizerType type);

// Learning rate of step `step` (from 0) of a run planned for `total_steps`:
//   step < warmup_steps: lr * (step + 1) / warmup_steps
//   constant: lr
//   cosine: final_lr + (lr - final_lr) * (1 + cos(pi * p)) / 2, p being the elapsed share of
//           decay_steps (0: of the steps after the warm-up), at most 1
// Source: Loshchilov and Hutter 2017.
[[nodiscard]] double learning_rate(const OptimizerConfig& optimizer, std::uint64_t step,
                                   std::uint64_t total_steps);

// From `step` on the base rate of the schedule is `lr`.
struct RateChange {
  std::uint64_t step = 0;
  double lr = 0;
  friend bool operator==(const RateChange&, const RateChange&) = default;
};
// The settings at `step`: with the last of the changes at or before it. The changes ascend by step.
[[nodiscard]] OptimizerConfig with_changes(const OptimizerConfig& optimizer,
                                           std::span<const RateChange> changes, std::uint64_t step);

// The rule of step `step` for a batch of `rows`; computed in double, each number rounded once.
template <class T>
[[nodiscard]] math::UpdateRule<T> update_rule(const OptimizerConfig& optimizer, std::uint64_t step,
                                              std::uint64_t total_steps, std::size_t rows);

// Rows of a leaf: the setting, or for 0 ("auto") a quarter of the batch, at least 16 and at
// most 64.
[[nodiscard]] std::size_t leaf_rows(const TrainConfig& train);

}  // namespace forknet::nn
