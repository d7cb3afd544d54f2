// A grid whose cells work on their own, as processes or, behind pipes, as threads. This process
// starts them, sets how far they may go and is notified when one ends. It takes no part in a step.
#pragma once

#include "engine/engine.h"
#include "state/live_state.h"

namespace forknet::run {

// Continues at the last commit of `state`. Weights and state outlive the engine. If the cells share
// memory, the weights are those of the state; otherwise they are filled when the cells come to
// rest. Cells that share memory are processes; for threads in shared memory see local_engine().
// Errors: a system resource is not available; kind cell from step() and settle(): too many deaths
// of cells.
template <class T>
[[nodiscard]] Result<std::unique_ptr<Engine<T>>> grid_engine(const EngineJob& job,
                                                             store::Weights<T>& weights,
                                                             LiveState& state, bool processes);

}  // namespace forknet::run
