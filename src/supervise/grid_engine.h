// A grid whose cells work by themselves, as processes or, behind pipes, as threads: this process
// starts them, says how far they may go and hears when one ends. It takes no part in a step.
#pragma once

#include "engine/engine.h"
#include "state/live_state.h"

namespace forknet::run {

// Goes on where `state` is. Weights and state outlive the engine. Where the cells share memory the
// weights are those of the state; else they are filled whenever the cells come to rest. Cells that
// share memory are processes; a grid of threads in one memory is local_engine()'s. Errors: what the
// system does not grant; kind cell from step() and settle(): deaths of cells would not end.
template <class T>
[[nodiscard]] Result<std::unique_ptr<Engine<T>>> grid_engine(const EngineJob& job,
                                                             store::Weights<T>& weights,
                                                             LiveState& state, bool processes);

}  // namespace forknet::run
