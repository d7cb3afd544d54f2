#include "run/settings/presets.h"

#include <algorithm>

#include "nn/optimizer.h"

namespace forknet::run {
namespace {

// A replica for every CPU, as threads of one process.
std::vector<PresetSetting> replicas(const Config& config, int cpus,
                                    std::vector<std::string>& notes) {
  const std::int64_t most = most_replicas(config.train);
  if (most < cpus) {
    notes.push_back("the preset replicas takes " + std::to_string(most) + " of " +
                    std::to_string(cpus) + " CPUs: a batch of " +
                    std::to_string(config.train.batch) + " has no more leaves");
  }
  return {{"grid.replicas", {std::min<std::int64_t>(cpus, most), {}}},
          {"grid.host", {std::string("thread"), {}}}};
}

}  // namespace

std::int64_t most_replicas(const TrainConfig& train) {
  const auto leaf = static_cast<std::int64_t>(nn::leaf_rows(train));
  return (train.batch + leaf - 1) / leaf;
}

std::vector<PresetSetting> preset_settings(const Config& config, int cpus,
                                           std::vector<std::string>& notes) {
  if (config.grid.preset == "threads") return {{"grid.threads", {std::int64_t{cpus}, {}}}};
  if (config.grid.preset == "replicas") return replicas(config, cpus, notes);
  return {};
}

}  // namespace forknet::run
