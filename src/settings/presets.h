// The named layouts (docs/cli.md): the settings that a preset, or any grid, adds unless given.
#pragma once

#include <forknet/config.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "settings/value.h"

namespace forknet::run {

struct PresetSetting {
  std::string_view path;  // "grid.threads"
  Value value;
  std::string note = {};  // a line for the user if the preset takes fewer than its rule says
};

// `cpus`: the number that the machine lets the run use.
[[nodiscard]] std::vector<PresetSetting> preset_settings(const Config& config, int cpus);

// The settings that presets and grids add. "forknet init" writes them as comments; otherwise they
// would be given with every preset, and win.
[[nodiscard]] bool set_by_presets(std::string_view path);

// A program's config with the settings of its preset (GridConfig::preset). `notes`: for the user.
[[nodiscard]] Config with_preset(const Config& config, int cpus, std::vector<std::string>& notes);

// "grid: preset pipeline, with grid.stages = 3 from mnist.toml:41"
[[nodiscard]] std::string besides_note(std::string_view preset,
                                       const std::vector<std::string>& besides);

// The settings that any grid adds, with or without a preset: if the workers of one stage keep every
// CPU busy, there is no loader thread. It would take CPU time from them (beside other work it made
// a run a fifth slower: docs/benchmarks.md).
[[nodiscard]] std::vector<PresetSetting> grid_settings(const Config& config, int cpus);

// The config with another number of workers (`path`: grid.threads or grid.replicas) and the
// settings that the layout then adds, unless given (GridConfig::chosen).
[[nodiscard]] Config with_workers(const Config& config, std::string_view path, std::int64_t count,
                                  int cpus);

// Whether a preset or the layout chose the setting (GridConfig::chosen).
[[nodiscard]] bool is_chosen(const GridConfig& grid, std::string_view path);

// The number of layers with which a stage may begin: the largest number of stages.
[[nodiscard]] std::int64_t most_stages(const ModelConfig& model);

// The number of leaves of a batch: the largest number of replicas.
[[nodiscard]] std::int64_t most_replicas(const TrainConfig& train);

}  // namespace forknet::run
