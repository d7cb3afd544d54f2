// Shared by cells with shared and with private memory: the weights they map and the batches they
// take.
#pragma once

#include <forknet/result.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/try.h"
#include "data/loader.h"
#include "engine/cell_life.h"
#include "engine/tracing.h"
#include "engine/worker_inputs.h"
#include "nn/optimizer.h"
#include "store/weights.h"

namespace forknet::run {

[[nodiscard]] inline std::size_t stage_of(const CellSpec& spec) {
  return spec.cell / spec.grid.shape.replicas;
}

// Two versions: the committed weights stay until the next step is committed.
template <class T>
[[nodiscard]] Result<store::Weights<T>> map_weights(const CellJob& job, os::Fd fd) {
  constexpr std::size_t kCopies = 2;
  FORKNET_ASSIGN(auto weights,
                 store::Weights<T>::of(std::move(fd), job.engine.plan.numbers,
                                       nn::moment_count(job.engine.config.optimizer), kCopies));
  return weights;
}

// The batches of a cell. A batch is kept until a later one is taken, because a failed step is
// repeated with the same batch.
template <class T>
class Batches {
 public:
  // `first`: the rank of the cell's first thread among the workers of its stage.
  Batches(const CellJob& job, std::size_t first) : job_(job), first_(first) {}

  // `wanted`: LoaderOptions::wanted.
  [[nodiscard]] Status open(std::function<math::Range(std::size_t)> wanted = nullptr) {
    // The first stage needs inputs, the last one labels or targets.
    const std::size_t stage = stage_of(job_.spec);
    const bool last = stage + 1 == job_.spec.grid.shape.stages;
    data::LoaderOptions options;
    options.first_step = held_ = job_.coordinator.committed();
    options.last_step = std::max(job_.engine.total_steps, held_);
    options.threads = static_cast<std::size_t>(job_.engine.config.data.loader_threads);
    options.gives_way = job_.spec.grid.fills_cpus();
    const std::size_t threads = job_.spec.grid.shape.threads;
    const bool own = stage == 0 && WorkerInputs<T>::wanted(job_.engine, threads);
    options.inputs = stage == 0 && !own;
    options.fetch_inputs = stage == 0;
    options.target_columns = !last || job_.engine.plan.classifies() ? 0 : job_.engine.plan.outputs;
    options.target = job_.engine.target;
    options.members = job_.engine.plan.members;
    options.wanted = std::move(wanted);
    FORKNET_ASSIGN(loader_,
                   data::Loader<T>::create(job_.engine.rows, job_.engine.sampler, options));
    if (own) {
      FORKNET_ASSIGN(copies_, WorkerInputs<T>::create(job_.engine, *loader_, first_, threads));
    }
    return {};
  }

  // Valid until a later batch is taken. Steps are ascending, or the last one is repeated. The wait
  // is recorded in `ring` if it is not null.
  [[nodiscard]] const data::Batch<T>& take(std::uint64_t step, TraceRing* ring) {
    if (ring != nullptr) ring->at(step);
    const TraceScope waiting(ring, TraceSpan::Kind::await_data);
    for (; held_ < step; ++held_) {
      (void)loader_->acquire(held_);
      loader_->release(held_);
    }
    return loader_->acquire(step);
  }

  // The given samples of the taken batch, as input of a network.
  [[nodiscard]] cell::BatchView<T> view(std::uint64_t step, const data::Batch<T>& batch,
                                        math::Range rows) {
    cell::BatchView<T> view = {batch.inputs.as_const(), batch.labels, batch.targets.as_const(),
                               batch.samples};
    view.sample_weights = batch.sample_weights;
    const std::size_t first = job_.engine.rows_of(rows.begin);
    for (math::PanelView<const T>* part : {&view.inputs, &view.targets}) {
      if (part->data != nullptr) part->data += first * math::kLanes;
      part->rows = job_.engine.rows_of(rows.size());
    }
    if (view.labels != nullptr) view.labels += first;
    view.samples += first;
    if (view.sample_weights != nullptr) view.sample_weights += first;
    if (copies_ != nullptr) view.own_inputs = &copies_->at(step, rows);
    return view;
  }

 private:
  const CellJob& job_;
  const std::size_t first_;
  std::unique_ptr<data::Loader<T>> loader_;
  std::unique_ptr<WorkerInputs<T>> copies_;  // null: all threads read the loader's inputs
  std::uint64_t held_ = 0;                   // earlier batches are released
};

}  // namespace forknet::run
