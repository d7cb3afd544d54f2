// Runs as folders, as the program `forknet` makes them: config, log, checkpoints,
// model.safetensors. A run that was stopped or killed continues from its last step, also in another
// layout, with the same weights at the end.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>
#include <forknet/train.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace forknet {

struct RunOptions {
  TrainOptions train = {};
  // Called with the run's folder once it exists, before the first step.
  std::function<void(const std::string& folder)> on_start = {};
};

struct RunResult {
  std::string folder;
  // Absent if the run had finished before.
  std::optional<TrainResult> result;
};

// Trains in a new folder of config.run.dir. Errors: as train(); internal: the folder cannot be made
// or written.
[[nodiscard]] Result<RunResult> start_run(const Config& config, const RunOptions& options = {});

// Continues the run of that folder. `sets`: settings that a resume may change, as "grid.stages=2"
// (docs/cli.md). Errors: config: no such run, or a setting that may not change; data: the files
// have changed; as train().
[[nodiscard]] Result<RunResult> resume_run(const std::string& folder,
                                           const std::vector<std::string>& sets = {},
                                           const RunOptions& options = {});

}  // namespace forknet
