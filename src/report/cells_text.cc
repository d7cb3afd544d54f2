#include "report/cells_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "base/printable.h"
#include "report/text.h"

namespace forknet::report {
namespace {

// An added worker that does less than this share of work is better removed: it costs the others
// time for waking, synchronising and caches.
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

using Threads = std::vector<CellReport::Thread>;

// Each of a few threads; of many the least busy, the median and the busiest.
std::string shares_of(Threads threads) {
  constexpr std::size_t kFew = 8;
  std::vector<std::string> words;
  if (threads.size() <= kFew) {
    for (const CellReport::Thread& thread : threads) {
      words.push_back(fmt::format("{} {} (waits {})", printable(thread.name), share(thread.busy),
                                  share(thread.wait)));
    }
    return fmt::format("{}", fmt::join(words, ", "));
  }
  std::sort(threads.begin(), threads.end(),
            [](const auto& a, const auto& b) { return a.busy < b.busy; });
  const auto percent = [](const CellReport::Thread& thread) {
    return fmt::format("{:.1f} %", 100 * thread.busy);
  };
  return fmt::format("{}, busy {} to {}, half of them {} or more (forknet status --json has each)",
                     threads.size(), percent(threads.front()), percent(threads.back()),
                     percent(threads[threads.size() / 2]));
}

// One line per process; cells that are threads of one process share a line.
std::string threads_text(const std::vector<CellReport>& cells) {
  std::string text;
  int shown = 0;
  for (const CellReport& cell : cells) {
    if (cell.thread_times.size() < 2 || cell.pid == shown) continue;
    shown = cell.pid;
    text += fmt::format("threads of {}: {}\n", cell.pid, shares_of(cell.thread_times));
  }
  return text;
}

// A shorter run is mostly its start, which allows no advice on the layout.
constexpr double kWorthAdvice = 0.5;  // CPU seconds

bool is_too_short(const std::vector<CellReport>& cells) {
  double seconds = 0;
  bool counted = false;
  for (const CellReport& cell : cells) {
    for (const CellReport::Thread& thread : cell.thread_times) {
      seconds += thread.cpu_seconds;
      counted = true;
    }
  }
  return counted && seconds < kWorthAdvice;
}

}  // namespace

std::string cells_text(const std::vector<CellReport>& cells) {
  std::vector<std::vector<std::string>> rows;
  rows.reserve(cells.size());
  for (const CellReport& cell : cells) {
    rows.push_back({fmt::format("{},{}", cell.stage, cell.replica), std::to_string(cell.pid),
                    std::to_string(cell.threads), share(cell.busy), share(cell.wait),
                    bytes(cell.bytes_in), bytes(cell.bytes_out), bytes(cell.arena_bytes),
                    bytes(cell.rss_bytes),
                    cell.cpus.empty() ? "any" : fmt::format("{}", fmt::join(cell.cpus, ","))});
  }
  return table({"cell", "pid", "threads", "busy", "waiting", "in", "out", "arena", "resident",
                "CPUs"},
               rows) +
         threads_text(cells);
}

std::string advice_text(const std::vector<CellReport>& cells) {
  double work = 0;
  double workers = 0;
  for (const CellReport& cell : cells) {
    work += cell.busy * static_cast<double>(cell.threads);
    workers += static_cast<double>(cell.threads);
  }
  if (work == 0) return "";  // the layout has not taken a step yet
  std::string text = balance(cells);
  if (is_too_short(cells) || workers < 2 || work >= 1 + kWorthAdding * (workers - 1)) return text;
  return text + fmt::format(
                    "{:.0f} workers did the work of {}: fewer are likely as fast "
                    "(grid.threads = 0 leaves the number to forknet)\n",
                    workers, work < 0.1 ? "less than 0.1" : fmt::format("{:.1f}", work));
}

}  // namespace forknet::report
