// Runs a cell from its first step to its last, in a process or a thread (cell_life.h). T is float
// or double.
#pragma once

#include <forknet/result.h>

#include <functional>
#include <span>
#include <vector>

#include "engine/cell_life.h"
#include "os/fd.h"

namespace forknet::run {

// Runs a cell whose arena and weights are mapped by all cells (the transport shares memory).
template <class T>
[[nodiscard]] Status work_in_shared_memory(const CellJob& job, os::Fd weights,
                                           std::span<std::byte> arena);

// The pipe ends of a cell in a generation, in the order of pipes_of(); empty if there is a newer
// generation.
using PipeEnds = std::function<Result<std::vector<os::Fd>>(std::uint32_t generation)>;

// Runs a cell with private memory; it shares only the control blocks of `control`. Weights arrive
// and return through pipes; `weights` is mapped by this cell only.
template <class T>
[[nodiscard]] Status work_behind_pipes(const CellJob& job, os::Fd weights, PipeEnds ends);

// Prints the error and ends the process at once, because its other threads may still be running.
[[noreturn]] void give_up(const CellSpec& spec, const Error& error);

}  // namespace forknet::run
