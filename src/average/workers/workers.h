// The workers of models that train apart, as threads of this process or as processes. They receive
// orders through control blocks (worker_control_block.h); this interface starts, awaits, replaces
// and ends them.
#pragma once

#include <forknet/result.h>
#include <forknet/train.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "average/models.h"
#include "average/workers/model_pipes.h"
#include "engine/engine.h"
#include "state/live_state.h"

namespace forknet::run {

class Workers {
 public:
  virtual ~Workers() = default;

  // Changes the number of workers. Removed workers must have no order.
  [[nodiscard]] virtual Status resize(std::size_t count) = 0;
  // Blocks until an order is done, a worker has died or the time is over. Restarts dead workers,
  // which continue with their orders. Error (cell): too many deaths.
  [[nodiscard]] virtual Status wait(std::int64_t timeout_ns) = 0;
  // Replaces a worker whose results cannot be trusted. It has no order.
  [[nodiscard]] virtual Status replace(std::size_t worker) = 0;
  // Kills all workers; the commits of their models stay. False: not supported.
  [[nodiscard]] virtual bool end_all() { return false; }
  // Reports the duration of a step; the watchdog's budgets depend on it.
  virtual void step_done(std::int64_t) {}
  [[nodiscard]] virtual int pid(std::size_t worker) const = 0;
  [[nodiscard]] virtual std::uint64_t deaths(std::size_t worker) const = 0;
  [[nodiscard]] virtual Faults faults() const { return {}; }
};

// All members outlive the workers.
template <class T>
struct WorkersJob {
  const EngineJob& engine;  // grid: of one worker
  Models<T>& models;
  LiveState& state;             // processes inherit its descriptors
  std::span<std::byte> center;  // the memory of the center's weights
};

// For a transport that sends models as frames.
template <class T>
[[nodiscard]] std::optional<ModelPipes<T>> model_pipes(const WorkersJob<T>& job, PipeWatch watch) {
  const wire::Transport& transport = transport_of(job.engine);
  if (transport.shares_memory()) return std::nullopt;
  return std::optional<ModelPipes<T>>(std::in_place, transport, job.engine.plan, job.models,
                                      job.center, std::move(watch));
}

template <class T>
[[nodiscard]] Result<std::unique_ptr<Workers>> thread_workers(const WorkersJob<T>& job);
template <class T>
[[nodiscard]] Result<std::unique_ptr<Workers>> process_workers(const WorkersJob<T>& job);

}  // namespace forknet::run
