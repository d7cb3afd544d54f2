#include "report/top_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/text.h"

namespace forknet::report {
namespace {

constexpr std::size_t kBar = 20;

std::size_t columns_of(double share, std::size_t columns) {
  if (!(share > 0)) return 0;  // also for nan
  return static_cast<std::size_t>(std::lround(std::min(share, 1.0) * static_cast<double>(columns)));
}

std::vector<std::string> row_of(const CellReport& cell) {
  return {fmt::format("{},{}", cell.stage, cell.replica),
          std::to_string(cell.pid),
          cell.state,
          share_bar(cell.busy, cell.wait, kBar),
          fmt::format("{:.0f} %", 100 * cell.busy),
          bytes(cell.bytes_in),
          bytes(cell.bytes_out),
          bytes(cell.rss_bytes),
          std::to_string(cell.deaths)};
}

}  // namespace

std::string share_bar(double busy, double wait, std::size_t columns) {
  const std::size_t full = columns_of(busy, columns);
  const std::size_t both = std::max(full, std::min(columns_of(busy + wait, columns), columns));
  return "[" + std::string(full, '#') + std::string(both - full, '.') +
         std::string(columns - both, ' ') + "]";
}

std::string top_text(const std::string& headline, const std::vector<CellReport>& cells,
                     std::size_t columns, std::size_t rows) {
  constexpr std::size_t kAround = 4;  // run, header, count of hidden cells, cursor
  const std::size_t room = rows > kAround ? rows - kAround : 1;
  std::vector<std::vector<std::string>> lines;
  for (std::size_t cell = 0; cell < std::min(cells.size(), room); ++cell) {
    lines.push_back(row_of(cells[cell]));
  }
  std::string text =
      headline + "\n" +
      table({"cell", "pid", "state", "busy # waiting .", "busy", "in", "out", "resident", "deaths"},
            lines);
  if (lines.size() < cells.size()) text += fmt::format("{} cells more\n", cells.size() - room);
  std::string cut;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    cut += text.substr(begin, std::min(end - begin, columns)) + "\n";
    begin = end + 1;
  }
  return cut;
}

}  // namespace forknet::report
