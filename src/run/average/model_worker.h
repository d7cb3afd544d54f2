// What a worker of models that train apart does: takes orders, one model at a time, seeds it where
// it begins a round, and takes its steps. All that it leaves is in Models, so whoever is started
// again in its place goes on at the step after the last that was committed. T is float or double.
#pragma once

#include <forknet/result.h>

#include <atomic>
#include <cstddef>
#include <span>

#include "os/fd.h"
#include "run/average/models.h"
#include "run/grid/engine.h"

namespace forknet::run {

// All of it outlives the worker.
struct WorkerJob {
  const EngineJob& engine;  // grid: of one worker; sampler: of any model
  std::size_t worker = 0;
  const os::Fd& event;  // is told when an order is done
};

// With the CPUs of one worker, of those of all: in turns, because workers come and go.
[[nodiscard]] cell::GridPlan with_cpus_of(cell::GridPlan plan, std::size_t worker);

// Until it is told to exit. `center`: the memory of the center's weights, laid out as a model's.
// Error: it cannot go on.
template <class T>
[[nodiscard]] Status work_on_models(const WorkerJob& job, Models<T>& models,
                                    std::span<std::byte> center);

}  // namespace forknet::run
