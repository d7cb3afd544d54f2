// Trains one config under many layouts, one after the other, in this process, and compares times
// and weights. Writes no files.
#pragma once

#include <forknet/train.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "settings/resolve.h"

namespace forknet::run {

struct ComparedRun {
  GridConfig grid;  // of the run; its preset names the run
  std::int64_t threads_total = 1;
  TrainResult::State state = TrainResult::State::finished;
  double train_seconds = 0;
  double samples_per_second = 0;
  std::string weights_digest;
  std::uint64_t bytes_moved = 0;        // by the channels between its cells
  double speed_up = 1;                  // samples/s divided by those of the first run
  double efficiency = 1;                // speed_up divided by the ratio of the threads
  std::optional<double> accuracy = {};  // on the test set
  // Whether it equals the first run that trains in the same way; nothing: it is itself that first
  // run, and not the first of all.
  std::optional<bool> same_bits = true;
};

struct Comparison {
  std::vector<ComparedRun> runs;
  bool stopped = false;  // before all were done; the runs in the list are complete
  // Whether the layouts that must agree do: all that sum gradients every step, and all that average
  // the same number of models equally often.
  [[nodiscard]] bool agrees() const;
  [[nodiscard]] bool diverged() const;  // at least one
};

// Calls `settings` for the settings of each preset, which differ in the grid only: the data is read
// and the model is laid out once, for the first. A run that diverges is compared like any other.
// Errors: config, data, memory. Calls `on_run` after each run.
using SettingsOf = std::function<Result<Resolved>(const std::string& grid)>;
[[nodiscard]] Result<Comparison> compare_grids(
    const std::vector<std::string>& grids, const SettingsOf& settings, const TrainOptions& options,
    const std::function<void(const ComparedRun&)>& on_run);

// One line, the output of `forknet compare --json`.
[[nodiscard]] std::string comparison_json(const Comparison& comparison);

}  // namespace forknet::run
