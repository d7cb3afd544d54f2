#include "report/comparison_text.h"

#include <fmt/format.h>

#include <cmath>

#include "report/text.h"

namespace forknet::report {
namespace {

std::vector<std::string> cells(const run::ComparedRun& run) {
  const std::int64_t cells = run.grid.stages * run.grid.replicas;
  const std::int64_t processes = run.grid.host == Host::process ? cells : 1;
  return {run.grid.preset,
          fmt::format("{} x {}", processes, run.threads_total / processes),
          fmt::format("{:.2f} s", run.train_seconds),
          grouped(static_cast<std::uint64_t>(std::llround(run.samples_per_second))),
          fmt::format("{:.2f} x", run.speed_up),
          fmt::format("{:.0f} %", 100 * run.efficiency),
          bytes(run.bytes_moved),
          run.weights_digest,
          run.same_bits ? "yes" : "NO"};
}

}  // namespace

std::string comparison_text(const run::Comparison& comparison) {
  std::vector<std::vector<std::string>> rows;
  for (const run::ComparedRun& run : comparison.runs) rows.push_back(cells(run));
  std::string text = table({"grid", "processes x threads", "time", "samples/s", "speed-up",
                            "efficiency", "bytes moved", "weights", "same bits"},
                           rows);
  if (comparison.runs.size() < 2) return text;
  return text + (comparison.agrees() ? "all layouts ended on the same weights\n"
                                     : "THE LAYOUTS DISAGREE: this is a fault of forknet\n");
}

}  // namespace forknet::report
