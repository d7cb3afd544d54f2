// What a cell does from its first step to its last, in a process or in a thread (cell_life.h). T is
// float or double.
#pragma once

#include <forknet/result.h>

#include <functional>
#include <span>
#include <vector>

#include "engine/cell_life.h"
#include "os/fd.h"

namespace forknet::run {

// A cell whose arena and weights are mapped by all cells (their transport shares memory).
template <class T>
[[nodiscard]] Status work_in_shared_memory(const CellJob& job, os::Fd weights,
                                           std::span<std::byte> arena);

// The ends of a cell's pipes in a generation, in their order; none when there is a newer one.
using PipeEnds = std::function<Result<std::vector<os::Fd>>(std::uint32_t generation)>;

// A cell whose memory is its own; all that it shares with others are the words of `control`. The
// weights come to it and go back through pipes; it keeps them in `weights`, which nobody else maps.
template <class T>
[[nodiscard]] Status work_behind_pipes(const CellJob& job, os::Fd weights, PipeEnds ends);

// Says what has gone wrong and ends the process: its other threads may be anywhere.
[[noreturn]] void give_up(const CellSpec& spec, const Error& error);

}  // namespace forknet::run
