// The time and memory of the cells of a grid, as a table.
#pragma once

#include <forknet/train.h>

#include <string>
#include <vector>

namespace forknet::report {

// One line per cell: place, pid, threads, busy, waiting, bytes in and out, memory.
[[nodiscard]] std::string cells_text(const std::vector<CellReport>& cells);

// Advice on the layout: how evenly the stages work, and whether there are too many workers. Empty:
// none.
[[nodiscard]] std::string advice_text(const std::vector<CellReport>& cells);

}  // namespace forknet::report
