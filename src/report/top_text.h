// A run as "forknet top" draws it: a line of the run, a line a cell with a bar of what it does.
#pragma once

#include <forknet/train.h>

#include <cstddef>
#include <string>
#include <vector>

namespace forknet::report {

// "[######......    ]": the shares busy (#) and waiting (.) of `columns` columns.
[[nodiscard]] std::string share_bar(double busy, double wait, std::size_t columns);

// `headline` and the cells, cut to a terminal of that many columns and rows; a row is left for the
// cursor, and cells that find no room are counted in the last line.
[[nodiscard]] std::string top_text(const std::string& headline,
                                   const std::vector<CellReport>& cells, std::size_t columns,
                                   std::size_t rows);

}  // namespace forknet::report
