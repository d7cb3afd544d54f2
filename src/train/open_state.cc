#include "train/open_state.h"

#include <optional>

#include "average/models_shape.h"
#include "nn/optimizer.h"
#include "settings/layout.h"

namespace forknet::run {
namespace {

std::optional<StatePlace> place_of(const TrainJob& job) {
  auto place = job.recorder == nullptr ? std::nullopt : job.recorder->state_place();
  if (place) place->where = job.config.run.state;
  return place;
}

// For the run's commits, and for its weights if other processes must see them.
template <class T>
StateShape shape_of(const TrainJob& job, const cell::GridPlan& layout, bool others_see) {
  using Where = StateShape::Where;
  StateShape shape;
  shape.weights = {sizeof(T), job.plan.numbers, nn::moment_count(job.config.optimizer), kVersions};
  if (averages(job.config.grid)) shape.models_bytes = models_shape<T>(job.config, job.plan).bytes();
  shape.slices = layout.slices;
  shape.replicas = layout.shape.replicas;
  shape.where = has_pipes(job.config.grid, layout) ? Where::own_of_cells
                : others_see                       ? Where::shared
                                                   : Where::elsewhere;
  return shape;
}

}  // namespace

template <class T>
Result<LiveState> open_state(const TrainJob& job, const cell::GridPlan& layout, bool processes,
                             const LiveState* now) {
  if (const auto place = place_of(job)) {
    return LiveState::in_files(*place, shape_of<T>(job, layout, true), job.plan, now);
  }
  return LiveState::in_memory(shape_of<T>(job, layout, processes), job.plan);
}

template <class T>
Result<store::Weights<T>> weights_in(const LiveState& live) {
  const StateShape& shape = live.shape();
  const auto& [number_bytes, numbers, moments, versions] = shape.weights;
  if (shape.where != StateShape::Where::shared) {
    // Models that train apart need their center until its next version is whole.
    return store::Weights<T>::create(numbers, moments, shape.models_bytes > 0 ? kVersions : 1);
  }
  return store::Weights<T>::of(live.weights_fd(0).duplicate(), numbers, moments, versions);
}

template Result<LiveState> open_state<float>(const TrainJob&, const cell::GridPlan&, bool,
                                             const LiveState*);
template Result<LiveState> open_state<double>(const TrainJob&, const cell::GridPlan&, bool,
                                              const LiveState*);
template Result<store::Weights<float>> weights_in<float>(const LiveState&);
template Result<store::Weights<double>> weights_in<double>(const LiveState&);

}  // namespace forknet::run
