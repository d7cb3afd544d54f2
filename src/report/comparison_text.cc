#include "report/comparison_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/text.h"
#include "settings/layout.h"

namespace forknet::report {
namespace {

std::vector<std::string> cells(const run::ComparedRun& run) {
  const std::int64_t processes = run::processes_of(run.grid);
  return {run.grid.preset,
          fmt::format("{} x {}", processes, run.threads_total / processes),
          fmt::format("{:.2f} s", run.train_seconds),
          grouped(static_cast<std::uint64_t>(std::llround(run.samples_per_second))),
          fmt::format("{:.2f} x", run.speed_up),
          fmt::format("{:.0f} %", 100 * run.efficiency),
          bytes(run.bytes_moved),
          run.weights_digest,
          !run.same_bits   ? "first"
          : *run.same_bits ? "yes"
                           : "NO",
          run.accuracy ? fmt::format("{:.2f} %", 100 * *run.accuracy) : "-"};
}

// Whether all runs train in the same way: they sum every step, or average the same number of models
// equally often.
bool one_way(const run::Comparison& comparison) {
  return std::all_of(comparison.runs.begin(), comparison.runs.end(),
                     [](const run::ComparedRun& run) { return run.same_bits.has_value(); });
}

const char* verdict(const run::Comparison& comparison) {
  if (!comparison.agrees()) return "THE LAYOUTS DISAGREE: this is a fault of forknet\n";
  if (one_way(comparison)) return "all layouts ended on the same weights\n";
  return "all layouts that train in the same way ended on the same weights\n";
}

}  // namespace

std::string comparison_text(const run::Comparison& comparison) {
  std::vector<std::vector<std::string>> rows;
  for (const run::ComparedRun& run : comparison.runs) rows.push_back(cells(run));
  std::string text = table({"grid", "processes x threads", "time", "samples/s", "speed-up",
                            "efficiency", "bytes moved", "weights", "same bits", "test"},
                           rows);
  if (comparison.stopped) text += "stopped: only the layouts above were trained to their end\n";
  if (comparison.runs.size() < 2) return text;
  return text + verdict(comparison);
}

}  // namespace forknet::report
