// Inputs of a batch for every thread that trains in one memory: each gathers all of them into
// memory of its own. Lines that another core has just written come slower than the rows of the
// table, which are four times smaller besides (decision 0016). T is float or double.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "cell/network.h"
#include "data/batch_slots.h"
#include "data/loader.h"
#include "engine/engine.h"

namespace forknet::run {

template <class T>
class MemberInputs final : public cell::OwnInputs<T> {
 public:
  // Where there are no loaders, and several `threads` of this process work on a batch.
  [[nodiscard]] static bool wanted(const EngineJob& job, std::size_t threads) {
    return job.config.data.loader_threads == 0 && threads > 1 && !job.grid.neurons;
  }

  // For members of the first stage from its `first` on, `members` of them. Errors: memory.
  [[nodiscard]] static Result<std::unique_ptr<MemberInputs>> create(const EngineJob& job,
                                                                    data::Loader<T>& loader,
                                                                    std::size_t first,
                                                                    std::size_t members) {
    FORKNET_ASSIGN(auto slots,
                   data::BatchSlots<T>::create(
                       {members, job.sampler.batch(), job.rows.table->shape.features, 0, false}));
    return std::make_unique<MemberInputs>(loader, std::move(slots), first);
  }
  MemberInputs(data::Loader<T>& loader, data::BatchSlots<T> slots, std::size_t first)
      : loader_(loader), slots_(std::move(slots)), first_(first) {}

  // For these rows of the step that the loader holds; members number them from 0.
  MemberInputs& at(std::uint64_t step, math::Range rows) {
    step_ = step;
    rows_ = rows;
    return *this;
  }
  void copy(const cell::Member& member) override {
    loader_.copy_inputs(step_, rows_.begin, own(member));
  }
  math::PanelView<const T> of(const cell::Member& member) const override {
    return own(member).as_const();
  }

 private:
  // Members of other stages read none.
  [[nodiscard]] math::PanelView<T> own(const cell::Member& member) const {
    math::PanelView<T> view = slots_[member.in_stage() - first_].batch.inputs;
    view.rows = rows_.size();
    return view;
  }

  data::Loader<T>& loader_;
  data::BatchSlots<T> slots_;
  const std::size_t first_;
  std::uint64_t step_ = 0;
  math::Range rows_ = {};
};

}  // namespace forknet::run
