// Inputs of a batch for threads that train in shared memory: each thread gathers all of them into
// memory of its own. Cache lines just written by another core load slower than the rows of the
// table, which are also four times smaller (decision 0016). T is float or double.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "base/try.h"
#include "cell/network.h"
#include "data/batch_slots.h"
#include "data/loader.h"
#include "engine/engine.h"

namespace forknet::run {

template <class T>
class WorkerInputs final : public cell::OwnInputs<T> {
 public:
  // True: there are no loaders, and several `threads` of this process work on a batch.
  [[nodiscard]] static bool wanted(const EngineJob& job, std::size_t threads) {
    return job.config.data.loader_threads == 0 && threads > 1 && !job.grid.neurons;
  }

  // For `workers` workers of the first stage, from rank `first` on. Error: out of memory.
  [[nodiscard]] static Result<std::unique_ptr<WorkerInputs>> create(const EngineJob& job,
                                                                    data::Loader<T>& loader,
                                                                    std::size_t first,
                                                                    std::size_t workers) {
    const auto rows = static_cast<std::uint32_t>(job.rows_of(job.sampler.batch()));
    FORKNET_ASSIGN(auto slots,
                   data::BatchSlots<T>::create({workers, rows, job.rows.table->shape.features, 0,
                                                false, false, loader.scratch_bytes()}));
    return std::make_unique<WorkerInputs>(loader, std::move(slots), first, job.plan.members);
  }
  WorkerInputs(data::Loader<T>& loader, data::BatchSlots<T> slots, std::size_t first,
               std::size_t members)
      : loader_(loader), slots_(std::move(slots)), first_(first), members_(members) {}

  // Selects samples of the step that the loader holds; workers number them from 0.
  WorkerInputs& at(std::uint64_t step, math::Range rows) {
    step_ = step;
    rows_ = rows;
    return *this;
  }
  void copy(const cell::Worker& worker) override {
    loader_.copy_inputs(step_, rows_.begin, own(worker),
                        slots_[worker.in_stage() - first_].scratch);
  }
  math::PanelView<const T> of(const cell::Worker& worker) const override {
    return own(worker).as_const();
  }

 private:
  // Empty for workers of other stages, which read no inputs.
  [[nodiscard]] math::PanelView<T> own(const cell::Worker& worker) const {
    math::PanelView<T> view = slots_[worker.in_stage() - first_].batch.inputs;
    view.rows = rows_.size() * members_;
    return view;
  }

  data::Loader<T>& loader_;
  data::BatchSlots<T> slots_;
  const std::size_t first_;
  const std::size_t members_;  // rows of a sample
  std::uint64_t step_ = 0;
  math::Range rows_ = {};
};

}  // namespace forknet::run
