// The named layouts (docs/cli.md): what a preset sets, or a grid as such, where nobody has set it.
#pragma once

#include <forknet/config.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "run/settings/value.h"

namespace forknet::run {

struct PresetSetting {
  std::string_view path;  // "grid.threads"
  Value value;
};

// For a machine that lets the run use so many CPUs. `notes` takes a line where a preset asks for
// less than its rule says.
[[nodiscard]] std::vector<PresetSetting> preset_settings(const Config& config, int cpus,
                                                         std::vector<std::string>& notes);

// What a grid brings with it, preset or not: where the members of one stage keep every CPU busy, a
// thread that loads would only take its turns from them (beside other work it made a run a fifth
// slower: docs/benchmarks.md).
[[nodiscard]] std::vector<PresetSetting> grid_settings(const Config& config, int cpus);

// Leaves of a whole batch: the most replicas it can be cut into.
[[nodiscard]] std::int64_t most_replicas(const TrainConfig& train);

}  // namespace forknet::run
