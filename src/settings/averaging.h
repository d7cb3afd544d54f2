// Settings of models that train apart (grid.sync = "average"): rows and learning rate of one model,
// and how often models are averaged. Pure functions of the settings, so that the result of a run
// never depends on its workers. docs/averaging.md has the measurements.
#pragma once

#include <forknet/config.h>

#include <cstdint>
#include <string>
#include <vector>

namespace forknet::run {

[[nodiscard]] inline bool averages(const GridConfig& grid) { return grid.sync == Sync::average; }

// Models that train apart.
[[nodiscard]] inline std::int64_t models_of(const GridConfig& grid) {
  return grid.models > 0 ? grid.models : grid.replicas;
}

// The training settings of one model. average.batch = "shared": train.batch counts the rows of all
// models in a step; each takes its share, rounded to whole rows (half up), at least one. "each":
// every model takes train.batch rows. A run that does not average is one model.
[[nodiscard]] TrainConfig train_of_model(const Config& config);

// The factor of a model's learning rate: sqrt(models) for adam with average.batch = "shared",
// because a model's batch has 1/models of the rows, which means `models` times the steps per row,
// and adam's steps do not shrink with the batch; else 1.
[[nodiscard]] double rate_factor(const Config& config);

// grid.average_every as steps of each model, kEpoch or kEnd; "auto" becomes a number from 1 to
// kMostStepsApart.
inline constexpr std::int64_t kMostStepsApart = 1000;
[[nodiscard]] std::int64_t steps_between_averages(const Config& config);

// Nesterov momentum of the outer step: the setting; for "auto" 0.5 with average.batch = "each" and
// eight models or more, else 0.
[[nodiscard]] double outer_momentum(const AverageConfig& average, std::int64_t models);

// Replaces open settings ("auto", 0) that the result depends on by their values: a resume may have
// other replicas or, after a reload, another learning rate. Does nothing without averaging.
void settle_average(Config& config);

// Lines for the user of a run that averages: a batch that its models do not divide, averages so
// rare that accuracy was measured to be lost.
[[nodiscard]] std::vector<std::string> average_notes(const Config& config);

}  // namespace forknet::run
