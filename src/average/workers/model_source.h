// Where a worker has its models from: from memory that all see (shared_source), or through pipes
// into memory of its own (piped_source). T is float or double.
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

  // Where the worker finds a model that it has fetched, and leaves what becomes of it.
  [[nodiscard]] virtual Models<T>& models() = 0;
  // The model of an order, as it was left, or seeded where it begins a round.
  [[nodiscard]] virtual Status fetch(std::uint64_t order, std::size_t model) = 0;
  // Nothing more is done to it: the order is at its end.
  [[nodiscard]] virtual Status give_back(std::uint64_t order, std::size_t model) = 0;
};

// All of it outlives the source. `center`: the memory of the center's weights, laid out as a
// model's; `event` is told when an order is done.
template <class T>
[[nodiscard]] std::unique_ptr<ModelSource<T>> shared_source(Models<T>& models,
                                                            std::span<std::byte> center,
                                                            WorkerControlBlock& words,
                                                            const os::Fd& event);

// `pipes`: the worker's ends (ModelPipes::connect); `event` is told of wishes. Error: memory.
template <class T>
[[nodiscard]] Result<std::unique_ptr<ModelSource<T>>> piped_source(
    const wire::Transport& transport, const nn::ModelPlan& plan, const ModelsShape& shape,
    std::size_t worker, os::PipeEnds pipes, WorkerControlBlock& words, const os::Fd& event);

}  // namespace forknet::run
