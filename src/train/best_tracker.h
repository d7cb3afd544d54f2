// Tracks the best evaluation so far, by the metric of checkpoint.best, and the end of patience.
#pragma once

#include <forknet/config.h>
#include <forknet/model.h>

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "nn/metrics/list.h"
#include "state/progress_state.h"

namespace forknet::run {

class BestTracker {
 public:
  explicit BestTracker(const Config& config)
      : keeps_model_(config.checkpoint.best == "auto" ? config.train.early_stop_patience > 0
                                                      : config.checkpoint.best != "off"),
        metric_(metric_of(config.checkpoint.best)),
        patience_(static_cast<std::uint64_t>(config.train.early_stop_patience)) {}

  // "validation/loss": what the best evaluation is the best of.
  [[nodiscard]] std::string metric() const {
    return "validation/" + std::string(metric_ != nullptr ? metric_->name : "loss");
  }
  // True: the model of the best evaluation is to be kept.
  [[nodiscard]] bool keeps_model() const { return keeps_model_; }

  // Records an evaluation at state.step. True: it is better than all before. A tie or a value that
  // is not finite is not better. Values of another metric, before a resume that chose this one, are
  // not compared: the first one that follows is the best.
  [[nodiscard]] bool note(const Evaluation& evaluation, ProgressState& state) const {
    // Rows without that metric are judged by their loss.
    const auto own = metric_ == nullptr ? std::nullopt : evaluation.value(metric_->name);
    const bool larger = own && metric_->larger_is_better;
    const double value = own.value_or(evaluation.loss);
    const auto* const judged = own ? metric_ : nn::find_metric("loss");
    const auto metric = static_cast<std::uint32_t>(nn::place_of(*judged) + 1);
    const bool other = state.best_metric != 0 && state.best_metric != metric;
    const bool beats = !state.best || other || (larger ? value > *state.best : value < *state.best);
    const bool better = std::isfinite(value) && beats;
    if (better) {
      state.best_metric = metric;
      state.best = value;
      state.best_step = state.step;
      state.best_validation = evaluation;
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
  // "validation/accuracy"
  static const nn::MetricEntry* metric_of(std::string_view best) {
    constexpr std::string_view kOn = "validation/";
    return best.starts_with(kOn) ? nn::find_metric(best.substr(kOn.size())) : nullptr;
  }

  bool keeps_model_;
  const nn::MetricEntry* metric_;  // null: the loss
  std::uint64_t patience_;
};

}  // namespace forknet::run
