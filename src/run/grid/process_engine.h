// A grid whose cells are processes: this process starts them, says how far they may go and hears
// when one ends. It takes no part in a step.
#pragma once

#include "run/grid/engine.h"

namespace forknet::run {

// The weights are shared (store::Weights::create_shared) and outlive the engine. Errors: what the
// system does not grant; kind cell from step() and settle(): a cell has died, all others are ended.
template <class T>
[[nodiscard]] Result<std::unique_ptr<Engine<T>>> process_engine(const EngineJob& job,
                                                                const store::Weights<T>& weights,
                                                                std::uint64_t first_step);

// Whether this program can start itself as a cell: forknet::init() was called.
[[nodiscard]] bool can_start_cells();

}  // namespace forknet::run
