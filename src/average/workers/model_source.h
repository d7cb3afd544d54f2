// The source of a worker's models: shared memory (shared_source), or pipes and private memory
// (piped_source). T is float or double.
#pragma once

#include <forknet/result.h>

#include <memory>
#include <span>

#include "average/models.h"
#include "average/workers/model_endpoint.h"
#include "os/fd.h"

namespace forknet::run {

template <class T>
class ModelSource {
 public:
  virtual ~ModelSource() = default;

  // Where fetched models lie and where the worker leaves its results.
  [[nodiscard]] virtual Models<T>& models() = 0;
  // Gets the model of an order at its last commit, seeded if it begins a round.
  [[nodiscard]] virtual Status fetch(std::uint64_t order, std::size_t model) = 0;
  // Returns the model at the end of the order; the worker no longer changes it.
  [[nodiscard]] virtual Status give_back(std::uint64_t order, std::size_t model) = 0;
};

// All arguments outlive the source. `center`: the memory of the center's weights, laid out like a
// model's. `event` is notified when an order is done.
template <class T>
[[nodiscard]] std::unique_ptr<ModelSource<T>> shared_source(Models<T>& models,
                                                            std::span<std::byte> center,
                                                            WorkerControlBlock& words,
                                                            const os::Fd& event);

// `pipes`: the worker's ends (ModelPipes::connect). `event` is notified of requests. Error: out of
// memory.
template <class T>
[[nodiscard]] Result<std::unique_ptr<ModelSource<T>>> piped_source(
    const wire::Transport& transport, const nn::ModelPlan& plan, const ModelsShape& shape,
    std::size_t worker, os::PipeEnds pipes, WorkerControlBlock& words, const os::Fd& event);

}  // namespace forknet::run
