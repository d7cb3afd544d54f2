#include "report/cells_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "report/text.h"

namespace forknet::report {
namespace {

// Below this share of work done by an added worker it is better left out: what it costs in waking,
// meeting and cache it takes from the others.
constexpr double kWorthAdding = 0.25;

std::string share(double value) { return fmt::format("{:.0f} %", 100 * value); }

std::string balance(const std::vector<CellReport>& cells) {
  std::map<std::int64_t, double> busy;
  for (const CellReport& cell : cells) {
    busy[cell.stage] = std::max(busy[cell.stage], cell.busy);
  }
  if (busy.size() < 2) return "";
  const auto by_share = [](const auto& a, const auto& b) { return a.second < b.second; };
  const auto [least, most] = std::minmax_element(busy.begin(), busy.end(), by_share);
  return fmt::format("balance of the stages: stage {} is busy {} of the time, stage {} {}\n",
                     most->first, share(most->second), least->first, share(least->second));
}

}  // namespace

std::string cells_text(const std::vector<CellReport>& cells) {
  std::vector<std::vector<std::string>> rows;
  rows.reserve(cells.size());
  for (const CellReport& cell : cells) {
    rows.push_back({fmt::format("{},{}", cell.stage, cell.replica), std::to_string(cell.pid),
                    std::to_string(cell.threads), share(cell.busy), share(cell.wait),
                    bytes(cell.bytes_in), bytes(cell.bytes_out), bytes(cell.rss_bytes),
                    cell.cpus.empty() ? "any" : fmt::format("{}", fmt::join(cell.cpus, ","))});
  }
  return table({"cell", "pid", "threads", "busy", "waiting", "in", "out", "resident", "CPUs"},
               rows);
}

std::string advice_text(const std::vector<CellReport>& cells) {
  std::string text = balance(cells);
  double work = 0;
  double workers = 0;
  for (const CellReport& cell : cells) {
    work += cell.busy * static_cast<double>(cell.threads);
    workers += static_cast<double>(cell.threads);
  }
  if (workers < 2 || work >= 1 + kWorthAdding * (workers - 1)) return text;
  return text + fmt::format(
                    "{:.0f} workers did the work of {:.1f}: fewer are likely as fast "
                    "(grid.threads = 0 leaves the number to forknet)\n",
                    workers, work);
}

}  // namespace forknet::report
