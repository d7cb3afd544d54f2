#include "session/comparison.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/try.h"
#include "session/prepare.h"
#include "train/summary.h"

namespace forknet::run {
namespace {

double threads_of(const ComparedRun& run) { return static_cast<double>(run.threads_total); }

// Whether their weights must be equal.
bool trains_alike(const GridConfig& one, const GridConfig& other) {
  if (one.sync != other.sync) return false;
  return one.sync == Sync::step ||
         (one.models == other.models && one.average_every == other.average_every);
}

ComparedRun compared(const TrainResult& result, const Comparison& before) {
  ComparedRun run = {result.grid,          result.threads_total,      result.state,
                     result.train_seconds, result.samples_per_second, result.weights_digest};
  if (result.test) run.accuracy = result.test->accuracy;
  for (const CellReport& cell : result.cells) run.bytes_moved += cell.bytes_out;
  if (before.runs.empty()) return run;
  const ComparedRun& first = before.runs.front();
  if (first.samples_per_second > 0) {
    run.speed_up = run.samples_per_second / first.samples_per_second;
  }
  run.efficiency = run.speed_up * threads_of(first) / threads_of(run);
  run.same_bits.reset();
  for (const ComparedRun& other : before.runs) {
    if (!trains_alike(run.grid, other.grid)) continue;
    run.same_bits = run.weights_digest == other.weights_digest;
    break;
  }
  return run;
}

}  // namespace

bool Comparison::diverged() const {
  return std::any_of(runs.begin(), runs.end(), [](const ComparedRun& run) {
    return run.state == TrainResult::State::diverged;
  });
}

bool Comparison::agrees() const {
  return std::all_of(runs.begin(), runs.end(),
                     [](const ComparedRun& run) { return run.same_bits.value_or(true); });
}

Result<Comparison> compare_grids(const std::vector<std::string>& grids, const SettingsOf& settings,
                                 const TrainOptions& options,
                                 const std::function<void(const ComparedRun&)>& on_run) {
  // All before the first training, so that a misspelt name is found at once.
  std::vector<Resolved> resolved;
  for (const std::string& grid : grids) {
    FORKNET_ASSIGN(Resolved one, settings(grid));
    for (const std::string& note : one.notes) {
      if (options.on_note) options.on_note(note);
    }
    resolved.push_back(std::move(one));
  }
  Comparison comparison;
  if (resolved.empty()) return comparison;
  FORKNET_ASSIGN(Prepared prepared, prepare(resolved.front().config, options.on_reading));
  show_warnings(prepared, options);
  for (const Resolved& one : resolved) {
    const ModelConfig model = prepared.config.model;  // with the units that the data decided
    prepared.config = one.config;
    prepared.config.model = model;
    prepared.config.train.max_seconds = 0;  // every layout trains the same steps
    FORKNET_ASSIGN(const TrainResult result, train_prepared(prepared, options, nullptr, {}));
    if (result.state == TrainResult::State::stopped) {
      comparison.stopped = true;
      break;
    }
    comparison.runs.push_back(compared(result, comparison));
    if (on_run) on_run(comparison.runs.back());
  }
  return comparison;
}

std::string comparison_json(const Comparison& comparison) {
  auto runs = nlohmann::ordered_json::array();
  const auto or_null = [](const auto& value) {
    return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
  };
  for (const ComparedRun& run : comparison.runs) {
    runs.push_back({{"grid", run.grid.preset},
                    {"layout", layout_json(run.grid, run.threads_total)},
                    {"state", state_name(run.state)},
                    {"train_seconds", run.train_seconds},
                    {"samples_per_second", run.samples_per_second},
                    {"speed_up", run.speed_up},
                    {"efficiency", run.efficiency},
                    {"bytes_moved", run.bytes_moved},
                    {"weights_digest", run.weights_digest},
                    {"test_accuracy", or_null(run.accuracy)},
                    {"same_bits", or_null(run.same_bits)}});
  }
  const nlohmann::ordered_json object = {{"runs", std::move(runs)},
                                         {"same_bits", comparison.agrees()}};
  return object.dump();
}

}  // namespace forknet::run
