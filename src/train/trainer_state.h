// Where a trainer keeps its weights and commits (state/live_state.h), as its layout wants it.
#pragma once

#include <optional>

#include "average/average_engine.h"
#include "average/round_end.h"
#include "nn/optimizer.h"
#include "settings/averaging.h"
#include "state/live_state.h"
#include "supervise/grid_engine.h"
#include "train/trainer.h"
#include "wire/transports.h"

namespace forknet::run {

inline constexpr std::size_t kVersions =
    2;  // of weights that must outlive a step that is not finished

[[nodiscard]] inline bool averages(const GridConfig& grid) { return grid.sync == Sync::average; }
// Between cells that train one model: each has its own part of it, and what the others need of that
// it sends.
[[nodiscard]] inline bool has_pipes(const GridConfig& grid, const cell::GridPlan& layout) {
  return !wire::transport_for(grid.channel).shares_memory() && layout.shape.cells() > 1 &&
         !averages(grid);
}

[[nodiscard]] inline std::optional<StatePlace> place_of(const TrainJob& job) {
  auto place = job.recorder == nullptr ? std::nullopt : job.recorder->state_place();
  if (place) place->where = job.config.run.state;
  return place;
}

template <class T>
[[nodiscard]] ModelsShape models_shape(const Config& config, const nn::ModelPlan& plan) {
  ModelsShape shape;
  shape.models = static_cast<std::size_t>(models_of(config.grid));
  shape.number_bytes = sizeof(T);
  shape.numbers = plan.numbers;
  shape.moments = nn::moment_count(config.optimizer.type);
  // One model has no others to be brought together with.
  const math::OuterRule outer = outer_rule(config.average, shape.models);
  shape.has_velocity = shape.models > 1 && !outer.plain();
  shape.keeps_moments = shape.models > 1 && config.average.moments == AverageMoments::keep;
  return shape;
}

template <class T>
[[nodiscard]] std::optional<Models<T>> models_in(const TrainJob& job, LiveState& live) {
  if (!averages(job.config.grid)) return std::nullopt;
  return std::optional<Models<T>>(std::in_place, live.models(),
                                  models_shape<T>(job.config, job.plan));
}

// Of the run's commits, and of its weights if others than this process are to see them.
template <class T>
[[nodiscard]] StateShape shape_of(const TrainJob& job, const cell::GridPlan& layout,
                                  bool others_see) {
  using Where = StateShape::Where;
  StateShape shape;
  shape.weights = {sizeof(T), job.plan.numbers, nn::moment_count(job.config.optimizer.type),
                   kVersions};
  if (averages(job.config.grid)) shape.models_bytes = models_shape<T>(job.config, job.plan).bytes();
  shape.slices = layout.slices;
  shape.replicas = layout.shape.replicas;
  shape.where = has_pipes(job.config.grid, layout) ? Where::own_of_cells
                : others_see                       ? Where::shared
                                                   : Where::elsewhere;
  return shape;
}

// With a run folder in files (`now`: those that the run has at present), and no room for them is an
// error: a run that any death would cost its steps shall not begin as if all were well.
template <class T>
[[nodiscard]] Result<LiveState> open_state(const TrainJob& job, const cell::GridPlan& layout,
                                           bool processes, const LiveState* now = nullptr) {
  if (const auto place = place_of(job)) {
    return LiveState::in_files(*place, shape_of<T>(job, layout, true), job.plan, now);
  }
  return LiveState::in_memory(shape_of<T>(job, layout, processes), job.plan);
}

template <class T>
[[nodiscard]] Result<store::Weights<T>> weights_in(const LiveState& live) {
  const StateShape& shape = live.shape();
  const auto& [number_bytes, numbers, moments, versions] = shape.weights;
  if (shape.where != StateShape::Where::shared) {
    // Models that train apart need their center until its next version is whole.
    return store::Weights<T>::create(numbers, moments, shape.models_bytes > 0 ? kVersions : 1);
  }
  return store::Weights<T>::of(live.weights_fd(0).duplicate(), numbers, moments, versions);
}

// Cells are processes where they can be.
[[nodiscard]] inline bool wants_processes(const GridConfig& grid, const cell::GridPlan& layout) {
  return grid.host == Host::process && (layout.shape.cells() > 1 || grid.sync == Sync::average);
}

}  // namespace forknet::run
