// What the settings come to for models that train apart (grid.sync = "average"): the rows and the
// rates of one model, and how often models are averaged. Pure functions of the settings, so that a
// run's answer never depends on who carries its models. docs/averaging.md has the measurements.
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

// The training settings of one model. average.batch = "shared": train.batch is what all models take
// in a step together, a model takes its share, rounded to whole rows (half up), at least one;
// "each": a model takes train.batch rows. A run that does not average is one model.
[[nodiscard]] TrainConfig train_of_model(const Config& config);

// By what a model multiplies the learning rate: sqrt(models) for adam with average.batch =
// "shared", because a batch of so many times fewer rows is followed by so many more steps a row,
// and adam's steps do not shrink with the batch; else 1.
[[nodiscard]] double rate_factor(const Config& config);

// grid.average_every as steps of each model, kEpoch or kEnd; what "auto" comes to is from 1 to
// kMostStepsApart.
inline constexpr std::int64_t kMostStepsApart = 1000;
[[nodiscard]] std::int64_t steps_between_averages(const Config& config);

// Nesterov momentum of the outer step: what is set, or for "auto" none; with average.batch = "each"
// 0.5 for eight models or more.
[[nodiscard]] double outer_momentum(const AverageConfig& average, std::int64_t models);

// Writes down what is left open and is a part of the answer from here on: a resume may have other
// replicas or, after a reload, another learning rate. Does nothing where nothing is averaged.
void settle_average(Config& config);

// Lines for the user, of a run that averages: a batch that its models do not divide, averages so
// far apart that they were measured to lose accuracy.
[[nodiscard]] std::vector<std::string> average_notes(const Config& config);

}  // namespace forknet::run
