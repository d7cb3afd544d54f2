// The screen of "forknet top": one line for the run, one line per cell with a bar of its load.
#pragma once

#include <forknet/train.h>

#include <cstddef>
#include <string>
#include <vector>

namespace forknet::report {

// "[######......    ]": the shares busy (#) and waiting (.) of `columns` columns.
[[nodiscard]] std::string share_bar(double busy, double wait, std::size_t columns);

// `headline` and the cells, cut to a terminal of `columns` and `rows`. One row stays free for the
// cursor; the last line counts the cells that do not fit.
[[nodiscard]] std::string top_text(const std::string& headline,
                                   const std::vector<CellReport>& cells, std::size_t columns,
                                   std::size_t rows);

}  // namespace forknet::report
