// The named layouts (docs/cli.md): what a preset sets, or a grid as such, where it is not given.
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
  std::string note = {};  // a line for the user where the preset asks for less than its rule says
};

// For a machine that lets the run use so many CPUs.
[[nodiscard]] std::vector<PresetSetting> preset_settings(const Config& config, int cpus);

// The settings that presets and grids bring with them: "forknet init" writes them as comments, or
// they would be given besides every preset, and win.
[[nodiscard]] bool set_by_presets(std::string_view path);

// A program's config with its preset laid out (GridConfig::preset). `notes`: lines for the user.
[[nodiscard]] Config with_preset(const Config& config, int cpus, std::vector<std::string>& notes);

// "grid: preset pipeline, with grid.stages = 3 from mnist.toml:41"
[[nodiscard]] std::string besides_note(std::string_view preset,
                                       const std::vector<std::string>& besides);

// What a grid brings with it, preset or not: where the workers of one stage keep every CPU busy, a
// thread that loads would only take its turns from them (beside other work it made a run a fifth
// slower: docs/benchmarks.md).
[[nodiscard]] std::vector<PresetSetting> grid_settings(const Config& config, int cpus);

// Leaves of a whole batch: the most replicas it can be cut into.
[[nodiscard]] std::int64_t most_replicas(const TrainConfig& train);

}  // namespace forknet::run
