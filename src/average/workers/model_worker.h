// What a worker of models that train apart does: takes orders, one model at a time, fetches it and
// takes its steps. All that it leaves is in the models of its source: with shared ones, whoever is
// started again in its place goes on at the step after the last that was committed. T is float or
// double.
#pragma once

#include <forknet/result.h>

#include <atomic>
#include <cstddef>

#include "average/workers/model_source.h"
#include "engine/engine.h"
#include "os/fd.h"

namespace forknet::run {

// All of it outlives the worker.
struct WorkerJob {
  const EngineJob& engine;  // grid: of one worker; sampler: of any model
  std::size_t worker = 0;
  WorkerControlBlock& words;
};

// With the CPUs of one worker, of those of all: in turns, because workers come and go.
[[nodiscard]] cell::GridPlan with_cpus_of(cell::GridPlan plan, std::size_t worker);

// Until it is told to exit. Error: it cannot go on.
template <class T>
[[nodiscard]] Status work_on_models(const WorkerJob& job, ModelSource<T>& source);

}  // namespace forknet::run
