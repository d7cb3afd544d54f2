// Models that train apart and are averaged (grid.sync = "average"). Assigns models to workers, adds
// up the figures of their steps, and computes the mean when all have finished their round. A step
// of the run is a step of every model. docs/averaging.md has the algorithm.
#pragma once

#include "average/models.h"
#include "average/rounds.h"
#include "engine/engine.h"
#include "math/model_mean.h"
#include "state/live_state.h"

namespace forknet::run {

// All members outlive the engine.
template <class T>
struct AverageJob {
  const EngineJob& engine;  // grid: of all workers, one replica each; sampler: of any model
  Rounds rounds;
  Models<T>& models;
  store::Weights<T>& center;
  LiveState& state;
  bool processes = false;
};

template <class T>
class AverageEngine : public Engine<T> {
 public:
  // Changes the number of workers; the models rest (settle()).
  [[nodiscard]] virtual Status resize(std::size_t workers) = 0;
};

// Continues at the commits of the models.
template <class T>
[[nodiscard]] Result<std::unique_ptr<AverageEngine<T>>> average_engine(const AverageJob<T>& job);

// The layout of one worker of a grid, except for the CPUs, which are still those of all workers.
[[nodiscard]] cell::GridPlan worker_plan(const cell::GridPlan& grid);

}  // namespace forknet::run
