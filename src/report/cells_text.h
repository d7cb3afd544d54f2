// What the cells of a grid did with their time and memory, as a table for people.
#pragma once

#include <forknet/train.h>

#include <string>
#include <vector>

namespace forknet::report {

// A line a cell: place, pid, threads, busy, waiting, bytes in and out, memory.
[[nodiscard]] std::string cells_text(const std::vector<CellReport>& cells);

// What the table says about the layout: how evenly the stages work, and whether workers cost more
// than they bring. Empty where there is nothing to say.
[[nodiscard]] std::string advice_text(const std::vector<CellReport>& cells);

}  // namespace forknet::report
