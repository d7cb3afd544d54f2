// What a cell does from its first step to its last, in a process or in a thread: waits until a step
// may begin, does its part, says that it is done. T is float or double.
#pragma once

#include <forknet/result.h>

#include <memory>
#include <span>

#include "cell/reducer.h"
#include "data/loader.h"
#include "os/fd.h"
#include "os/mapping.h"
#include "run/grid/cell_spec.h"
#include "run/grid/control.h"
#include "run/grid/engine.h"
#include "run/grid/pipes.h"

namespace forknet::run {

// All of it outlives the worker.
struct WorkerJob {
  const CellSpec& spec;
  const EngineJob& engine;
  Control& control;
  const os::Fd& event;  // is told when the cells come to rest
};

// A cell whose arena and weights are mapped by all cells (channel = "shm").
template <class T>
[[nodiscard]] Status work_in_shared_memory(const WorkerJob& job, os::Fd weights,
                                           std::span<std::byte> arena);

// A cell whose memory is its own; all that it shares with others are the words of `control`. The
// weights come to it and go back through pipes; it keeps them in `weights`, which nobody else maps.
template <class T>
[[nodiscard]] Status work_behind_pipes(const WorkerJob& job, os::Fd weights,
                                       std::vector<os::Fd> ends);

// Says what has gone wrong and ends the process: its other threads may be anywhere.
[[noreturn]] void give_up(const CellSpec& spec, const Error& error);

}  // namespace forknet::run
