// The workers of models that train apart, wherever they live: threads of this process or processes
// of their own. They are told what to do in shared words (worker_control_block.h); here they are
// started, waited for, replaced and ended.
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

  // So many from now on. None of those that go has an order.
  [[nodiscard]] virtual Status resize(std::size_t count) = 0;
  // Until an order is done, a worker has died or the time is over. Dead ones have been started
  // again, and go on with their orders. Error (cell): enough is enough.
  [[nodiscard]] virtual Status wait(std::int64_t timeout_ns) = 0;
  // What it computed is not to be trusted: its next order is another's. It has none now.
  [[nodiscard]] virtual Status replace(std::size_t worker) = 0;
  // All are ended, whatever they do; what their models have committed stays. False: they cannot be.
  [[nodiscard]] virtual bool end_all() { return false; }
  // How long a step takes, whenever one is done: what hangs is measured by that.
  virtual void step_done(std::int64_t) {}
  [[nodiscard]] virtual int pid(std::size_t worker) const = 0;
  [[nodiscard]] virtual std::uint64_t deaths(std::size_t worker) const = 0;
  [[nodiscard]] virtual Faults faults() const { return {}; }
};

// All of it outlives the workers.
template <class T>
struct WorkersJob {
  const EngineJob& engine;  // grid: of one worker
  Models<T>& models;
  LiveState& state;             // whose descriptors processes inherit
  std::span<std::byte> center;  // the memory of the center's weights
};

// Where models travel as frames.
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
