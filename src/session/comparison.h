// One config under many layouts, one after the other, in this process: what each costs and brings,
// and whether all of them end on the same weights. Writes no files.
#pragma once

#include <forknet/train.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "settings/resolve.h"

namespace forknet::run {

struct ComparedRun {
  GridConfig grid;  // as it was; its preset is the name of the run
  std::int64_t threads_total = 1;
  TrainResult::State state = TrainResult::State::finished;
  double train_seconds = 0;
  double samples_per_second = 0;
  std::string weights_digest;
  std::uint64_t bytes_moved = 0;  // by the channels between its cells
  double speed_up = 1;            // samples/s against the first run's
  double efficiency = 1;          // that, a thread more or less than the first run's counted in
  std::optional<double> accuracy = {};  // on the test set
  // As the first run that trains in the same way; nothing where it is the first of several ways.
  std::optional<bool> same_bits = true;
};

struct Comparison {
  std::vector<ComparedRun> runs;
  bool stopped = false;  // before all were done; what is there is whole
  // All layouts that sum gradients every step have to agree, and so have all that average as many
  // models as often.
  [[nodiscard]] bool agrees() const;
  [[nodiscard]] bool diverged() const;  // at least one
};

// `settings` is asked for the settings of each preset, which differ in the grid: the data are read
// and the model is laid out once, for the first. A run that diverges is compared like any other.
// Errors: config, data, memory. `on_run` hears of each run when it is done.
using SettingsOf = std::function<Result<Resolved>(const std::string& grid)>;
[[nodiscard]] Result<Comparison> compare_grids(
    const std::vector<std::string>& grids, const SettingsOf& settings, const TrainOptions& options,
    const std::function<void(const ComparedRun&)>& on_run);

// On one line; what `forknet compare --json` prints.
[[nodiscard]] std::string comparison_json(const Comparison& comparison);

}  // namespace forknet::run
