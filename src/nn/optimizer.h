// What one step does to the weights: the learning rate of its schedule and the rule for the
// kernels. Pure functions of the settings and the step: no worker holds state of a schedule.
#pragma once

#include <forknet/config.h>
#include <forknet/optimizer.h>
#include <forknet/schedule.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "math/product_kernels.h"
#include "math/target.h"
#include "nn/layer_plan.h"
#include "nn/optimizers/part.h"

namespace forknet::nn {

// From `step` on the base rate of the schedule is `lr`.
struct RateChange {
  std::uint64_t step = 0;
  double lr = 0;
  friend bool operator==(const RateChange&, const RateChange&) = default;
};

// The last of the changes at or before `step`, which ascend by step; else `lr`.
[[nodiscard]] double base_rate(double lr, std::span<const RateChange> changes, std::uint64_t step);

// The optimizer and the schedule of a config whose names are known, with all settings. Its methods
// allocate nothing, unless they return a list.
class Optimizer {
 public:
  explicit Optimizer(const OptimizerConfig& config);

  // Number of regions, shaped like the weights, that the optimizer keeps, and their names.
  [[nodiscard]] std::size_t states() const { return states_; }
  [[nodiscard]] std::vector<std::string> state_names() const { return part_->kind->state(); }
  // As of OptimizerKind.
  [[nodiscard]] double momentum() const { return part_->kind->momentum(settings_); }
  [[nodiscard]] bool normalises() const { return part_->kind->normalises(); }
  // Whether there is weight decay, and of what.
  [[nodiscard]] bool decays() const { return decays_; }
  [[nodiscard]] DecayScope decay_scope() const { return scope_; }
  // As of ScheduleKind.
  [[nodiscard]] bool follows_length() const { return schedule_->follows_length(settings_); }

  [[nodiscard]] bool follows_validation() const { return schedule_->follows_validation(); }
  // As of ScheduleKind, after an evaluation of the weights of `step` steps; `lr` within the
  // warm-up.
  [[nodiscard]] double next_base(double lr, std::uint64_t step, double loss,
                                 ScheduleMemory& memory) const {
    return step < warmup_ ? lr : schedule_->next_base(lr, loss, memory, settings_);
  }

  // Learning rate of step `step` (from 0) of a run planned for `total_steps`, with base_rate().
  //   step < warmup_steps: base * (step + 1) / warmup_steps
  //   else as the schedule says (src/nn/schedules)
  [[nodiscard]] double learning_rate(std::uint64_t step, std::uint64_t total_steps,
                                     std::span<const RateChange> changes = {}) const;

  // The rule of step `step` for a batch of `rows`, with the kernels of a target; computed in
  // double, each number rounded once. It refers to the list of optimizers, not to this object.
  template <class T>
  [[nodiscard]] math::UpdateRule<T> rule(double learning_rate, std::uint64_t step, std::size_t rows,
                                         math::Target target) const;
  // The same for what has no weight decay.
  template <class T>
  [[nodiscard]] math::UpdateRule<T> undecayed_rule(double learning_rate, std::uint64_t step,
                                                   std::size_t rows, math::Target target) const;

 private:
  template <class T>
  [[nodiscard]] math::UpdateRule<T> rule_with(const Settings& settings, double decay,
                                              double learning_rate, std::uint64_t step,
                                              std::size_t rows, math::Target target) const;

  const OptimizerPart* part_;
  const ScheduleKind* schedule_;
  double lr_;
  std::uint64_t warmup_;
  DecayScope scope_;
  Settings undecayed_;  // settings_ without weight decay
  std::size_t states_;
  Settings settings_;  // complete, of both
  bool decays_ = false;
};

// Number of regions, shaped like the weights, that the optimizer keeps.
[[nodiscard]] inline std::size_t moment_count(const OptimizerConfig& optimizer) {
  return Optimizer(optimizer).states();
}

// Optimizer::rule() with the learning rate of the step.
template <class T>
[[nodiscard]] math::UpdateRule<T> update_rule(const OptimizerConfig& optimizer, std::uint64_t step,
                                              std::uint64_t total_steps, std::size_t rows,
                                              math::Target target);

// Multiplies lr and those settings of the schedule that are learning rates.
void scale_rates(OptimizerConfig& optimizer, double factor);

// Rows of a leaf: the setting, or for 0 ("auto") a quarter of the batch, at least 16 and at
// most 64.
[[nodiscard]] std::size_t leaf_rows(const TrainConfig& train);

}  // namespace forknet::nn
