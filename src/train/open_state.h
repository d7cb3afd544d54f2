// Where a training keeps its weights and commits (state/live_state.h), as its layout wants it. T is
// float or double.
#pragma once

#include "cell/stage_context.h"
#include "state/live_state.h"
#include "store/weights.h"
#include "train/train_job.h"

namespace forknet::run {

inline constexpr std::size_t kVersions =
    2;  // of weights that must outlive a step that is not finished

// With a run folder in files (`now`: those that the run has at present), and no room for them is an
// error: a run that any death would cost its steps shall not begin as if all were well.
template <class T>
[[nodiscard]] Result<LiveState> open_state(const TrainJob& job, const cell::GridPlan& layout,
                                           bool processes, const LiveState* now = nullptr);

// Those that lie in the state, or else of this process alone.
template <class T>
[[nodiscard]] Result<store::Weights<T>> weights_in(const LiveState& live);

}  // namespace forknet::run
