// Tracks the best evaluation so far, by the metric of checkpoint.best, and the end of patience.
#pragma once

#include <forknet/config.h>
#include <forknet/model.h>

#include <cmath>
#include <cstdint>

#include "state/progress_state.h"

namespace forknet::run {

class BestTracker {
 public:
  explicit BestTracker(const Config& config)
      : keeps_model_(config.checkpoint.best != "off"),
        by_accuracy_(config.checkpoint.best == "validation/accuracy"),
        patience_(static_cast<std::uint64_t>(config.train.early_stop_patience)) {}

  // True: the model of the best evaluation is to be kept.
  [[nodiscard]] bool keeps_model() const { return keeps_model_; }

  // Records an evaluation at state.step. True: it is better than all before. A tie or a value that
  // is not finite is not better.
  [[nodiscard]] bool note(const Evaluation& evaluation, ProgressState& state) const {
    const bool accuracy = by_accuracy_ && evaluation.accuracy.has_value();
    const double value = accuracy ? *evaluation.accuracy : evaluation.loss;
    const bool beats = !state.best || (accuracy ? value > *state.best : value < *state.best);
    const bool better = std::isfinite(value) && beats;
    if (better) {
      state.best = value;
      state.best_step = state.step;
      state.evaluations_since_best = 0;
    } else {
      ++state.evaluations_since_best;
    }
    return better;
  }
  [[nodiscard]] bool patience_ended(const ProgressState& state) const {
    return patience_ > 0 && state.evaluations_since_best >= patience_;
  }

 private:
  bool keeps_model_;
  bool by_accuracy_;
  std::uint64_t patience_;
};

}  // namespace forknet::run
