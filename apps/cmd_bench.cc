// forknet bench: the speed of forknet's kernels and steps on one thread of this machine, compared
// with its peak of multiply-adds. Medians; the peak is measured again for each figure.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "apps/bench/product_bench.h"
#include "apps/bench/step_bench.h"
#include "apps/commands.h"
#include "apps/output.h"
#include "base/try.h"
#include "math/float_state.h"
#include "math/fma_peak.h"
#include "report/text.h"

namespace forknet::apps {
namespace {

constexpr int kRepeats = 5;
constexpr double kSecondsEach = 0.1;  // of one repeat

double median(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers[numbers.size() / 2];
}

struct Row {
  std::string name;
  double microseconds;
  double gflops;
  double peak_share;
};

// Measures run(count) -> seconds; a warm-up decides the count.
template <class Run>
Row measure(const std::string& name, double operations, math::Target target, Run run) {
  const double once = std::max(run(1), 1e-7);
  const auto count = static_cast<std::size_t>(std::max(1.0, kSecondsEach / once));
  std::vector<double> seconds;
  std::vector<double> peaks;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    peaks.push_back(math::measure_fma_peak(target));
    seconds.push_back(run(count) / static_cast<double>(count));
  }
  const double gflops = operations / median(seconds) * 1e-9;
  return {name, median(seconds) * 1e6, gflops, gflops / median(peaks)};
}

Result<std::vector<Row>> measure_steps(math::Target target) {
  std::vector<Row> rows;
  for (const auto& net : run::bench_nets()) {
    for (const bool one_leaf : {true, false}) {
      FORKNET_ASSIGN(const auto bench,
                     run::StepBench::create(net, one_leaf ? net.batch : 0, target));
      rows.push_back(measure(net.name() + (one_leaf ? ", one leaf" : ", default leaves"),
                             net.operations(), target,
                             [&](std::size_t count) { return bench->run(count); }));
    }
  }
  return rows;
}

Result<std::vector<Row>> measure_kernels(math::Target target) {
  std::vector<Row> rows;
  for (const auto& shape : run::product_shapes()) {
    FORKNET_ASSIGN(const auto bench, run::ProductBench::create(shape, target));
    rows.push_back(measure(shape.name(), shape.operations(), target,
                           [&](std::size_t count) { return bench->run(count); }));
  }
  return rows;
}

void print_rows(const std::vector<Row>& rows, bool json) {
  if (json) {
    auto list = nlohmann::json::array();
    for (const Row& row : rows) {
      list.push_back({{"name", row.name},
                      {"microseconds", row.microseconds},
                      {"gflops", row.gflops},
                      {"share_of_peak", row.peak_share}});
    }
    print(list.dump() + "\n");
    return;
  }
  std::vector<std::vector<std::string>> cells;
  cells.reserve(rows.size());
  for (const Row& row : rows) {
    cells.push_back({row.name, fmt::format("{:.1f}", row.microseconds),
                     fmt::format("{:.1f}", row.gflops),
                     fmt::format("{:.1f}", row.peak_share * 100)});
  }
  print(report::table({"what", "us", "GFLOP/s", "% of peak"}, cells));
}

}  // namespace

int run_bench(const BenchOptions& options) {
  const math::FloatStateScope float_state;
  const auto target = math::best_target();
  const auto rows =
      options.what == BenchOptions::What::kernels ? measure_kernels(target) : measure_steps(target);
  if (!rows.ok()) return fail(rows.error());
  print_rows(*rows, options.json);
  return 0;
}

}  // namespace forknet::apps
