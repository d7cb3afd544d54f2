// Opens the memory for weights and commits of a training (state/live_state.h), as its layout
// requires. T is float or double.
#pragma once

#include "cell/stage_context.h"
#include "state/live_state.h"
#include "store/weights.h"
#include "train/train_job.h"

namespace forknet::run {

inline constexpr std::size_t kVersions =
    2;  // of weights that must outlive a step that is not finished

// With a run folder the state lies in files (`now`: the present ones). Too little space for them is
// an error: otherwise any death would lose the steps of the run.
template <class T>
[[nodiscard]] Result<LiveState> open_state(const TrainJob& job, const cell::GridPlan& layout,
                                           bool processes, const LiveState* now = nullptr);

// The weights in the state's files, or private to this process if there are none.
template <class T>
[[nodiscard]] Result<store::Weights<T>> weights_in(const LiveState& live);

}  // namespace forknet::run
