// Models that train apart and meet (grid.sync = "average"): hands out models to workers, adds up
// what their steps came to, and makes the mean when all have done their round. A step of the run is
// a step of every model. docs/averaging.md has the algorithm.
#pragma once

#include "average/models.h"
#include "average/rounds.h"
#include "engine/engine.h"
#include "math/model_mean.h"
#include "state/live_state.h"

namespace forknet::run {

// All of it outlives the engine.
template <class T>
struct AverageJob {
  const EngineJob& engine;  // grid: of all workers, a replica each; sampler: of any model
  Rounds rounds;
  Models<T>& models;
  store::Weights<T>& center;
  LiveState& state;
  bool processes = false;
};

template <class T>
class AverageEngine : public Engine<T> {
 public:
  // Another number of workers from now on; the models rest (settle()).
  [[nodiscard]] virtual Status resize(std::size_t workers) = 0;
};

// Goes on where the models are.
template <class T>
[[nodiscard]] Result<std::unique_ptr<AverageEngine<T>>> average_engine(const AverageJob<T>& job);

// The layout of one of the workers of a grid, but for its CPUs: they are still those of all.
[[nodiscard]] cell::GridPlan worker_plan(const cell::GridPlan& grid);

}  // namespace forknet::run
