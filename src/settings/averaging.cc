#include "settings/averaging.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nn/optimizer.h"

namespace forknet::run {
namespace {

// From this rate on, one average per epoch was measured to lose accuracy (docs/averaging.md).
constexpr double kHot = 0.015;

bool shares_batch(const Config& config) {
  return config.grid.sync == Sync::average && config.average.batch == AverageBatch::shared;
}

// Whether steps do not grow with the gradient.
bool normalises(const Config& config) { return nn::Optimizer(config.optimizer).normalises(); }

// The step length per row of a batch, before gradients: lr / (rows * (1 - m)).
double rate_per_row(const OptimizerConfig& optimizer, std::int64_t rows) {
  const double momentum = nn::Optimizer(optimizer).momentum();
  return optimizer.lr / ((1.0 - momentum) * static_cast<double>(rows));
}

double automatic_steps(const Config& config) {
  if (normalises(config)) {
    constexpr double kPath = 0.05;  // largest change of a weight between two averages
    return kPath / (config.optimizer.lr * rate_factor(config));
  }
  constexpr double kSteps = 0.2;
  return kSteps / rate_per_row(config.optimizer, train_of_model(config).batch);
}

}  // namespace

TrainConfig train_of_model(const Config& config) {
  TrainConfig train = config.train;
  if (!shares_batch(config)) return train;
  const std::int64_t models = models_of(config.grid);
  train.batch = std::max<std::int64_t>(1, (2 * train.batch + models) / (2 * models));
  return train;
}

double rate_factor(const Config& config) {
  if (!shares_batch(config) || !normalises(config)) return 1.0;
  return std::sqrt(static_cast<double>(models_of(config.grid)));
}

std::int64_t steps_between_averages(const Config& config) {
  if (config.grid.average_every != GridConfig::kAuto) return config.grid.average_every;
  // Infinite or not a number with a learning rate of zero: as rarely as allowed.
  const double steps = automatic_steps(config);
  constexpr auto kMost = static_cast<double>(kMostStepsApart);
  if (!(steps < kMost)) return kMostStepsApart;
  return std::max<std::int64_t>(1, std::llround(steps));
}

double outer_momentum(const AverageConfig& average, std::int64_t models) {
  if (average.outer_momentum != AverageConfig::kAuto) return average.outer_momentum;
  constexpr std::int64_t kMany = 8;
  return average.batch == AverageBatch::each && models >= kMany ? 0.5 : 0.0;
}

void settle_average(Config& config) {
  if (config.grid.sync != Sync::average) return;
  config.grid.models = models_of(config.grid);
  config.grid.average_every = steps_between_averages(config);
}

std::vector<std::string> average_notes(const Config& config) {
  std::vector<std::string> notes;
  if (config.grid.sync != Sync::average) return notes;
  const std::int64_t models = models_of(config.grid);
  const std::int64_t rows = train_of_model(config).batch;
  if (shares_batch(config) && rows * models != config.train.batch) {
    notes.push_back(
        fmt::format("grid.models = {} do not divide train.batch = {}: each model takes {} row{} a "
                    "step, all together {}",
                    models, config.train.batch, rows, rows == 1 ? "" : "s", rows * models));
  }
  const std::int64_t every = config.grid.average_every;
  const bool seldom = every == GridConfig::kEpoch || every == GridConfig::kEnd;
  const double rate =
      static_cast<double>(models) * rate_per_row(config.optimizer, config.train.batch);
  if (!seldom || models < 2 || normalises(config) || !(rate >= kHot)) {
    return notes;
  }
  Config automatic = config;
  automatic.grid.average_every = GridConfig::kAuto;
  notes.push_back(fmt::format(
      "warning: grid.average_every = \"{}\" leaves {} models apart for long at this learning "
      "rate:\n  models * lr / ((1 - momentum) * batch) is {:.3g}; from {} on accuracy was measured "
      "to be lost\n  take grid.average_every = \"auto\" (here {} steps) or a smaller optimizer.lr",
      every == GridConfig::kEnd ? "end" : "epoch", models, rate, kHot,
      steps_between_averages(automatic)));
  return notes;
}

}  // namespace forknet::run
