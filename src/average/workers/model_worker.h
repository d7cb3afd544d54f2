// A worker of models that train apart: takes orders, one model at a time, fetches the model and
// takes its steps. All results are in the models of its source: with shared ones, a restarted
// worker continues after the last committed step. T is float or double.
#pragma once

#include <forknet/result.h>

#include <atomic>
#include <cstddef>

#include "average/workers/model_source.h"
#include "engine/engine.h"
#include "os/fd.h"

namespace forknet::run {

// All members outlive the worker.
struct WorkerJob {
  const EngineJob& engine;  // grid: of one worker; sampler: of any model
  std::size_t worker = 0;
  WorkerControlBlock& words;
};

// The plan with the CPUs of one worker: all CPUs, assigned round-robin, because the number of
// workers can change.
[[nodiscard]] cell::GridPlan with_cpus_of(cell::GridPlan plan, std::size_t worker);

// Runs until ordered to exit. Error: it cannot continue.
template <class T>
[[nodiscard]] Status work_on_models(const WorkerJob& job, ModelSource<T>& source);

}  // namespace forknet::run
