#include "run/settings/presets.h"

#include <algorithm>

#include "nn/optimizer.h"

namespace forknet::run {
namespace {

PresetSetting setting(std::string_view path, std::int64_t number) { return {path, {number, {}}}; }
PresetSetting setting(std::string_view path, const char* word) {
  return {path, {std::string(word), {}}};
}

// A replica for every CPU, as far as the batch has leaves.
std::vector<PresetSetting> replicas(const Config& config, int cpus, const char* host,
                                    std::vector<std::string>& notes) {
  const std::int64_t most = most_replicas(config.train);
  if (most < cpus) {
    notes.push_back("the preset " + config.grid.preset + " takes " + std::to_string(most) + " of " +
                    std::to_string(cpus) + " CPUs: a batch of " +
                    std::to_string(config.train.batch) + " has no more leaves");
  }
  return {setting("grid.replicas", std::min<std::int64_t>(cpus, most)), setting("grid.host", host)};
}

// A worker for every CPU; with each a model of its own, unless the models are counted otherwise.
std::vector<PresetSetting> workers(const Config& config, int cpus, const char* host,
                                   std::vector<std::string>& notes) {
  std::int64_t count = cpus;
  if (config.grid.models > 0 && config.grid.models < cpus) {
    count = config.grid.models;
    notes.push_back("the preset " + config.grid.preset + " takes " + std::to_string(count) +
                    " of " + std::to_string(cpus) + " CPUs: there are no more models");
  }
  return {setting("grid.replicas", count), setting("grid.host", host),
          setting("grid.sync", "average")};
}

// A stage for every CPU, as far as there are dense layers to cut.
std::vector<PresetSetting> pipeline(const Config& config, int cpus,
                                    std::vector<std::string>& notes) {
  const auto dense = std::count_if(config.model.layers.begin(), config.model.layers.end(),
                                   [](const auto& l) { return l.type == LayerType::dense; });
  const std::int64_t stages = std::clamp<std::int64_t>(cpus, 1, std::max<std::int64_t>(dense, 1));
  if (stages < cpus) {
    notes.push_back("the preset pipeline takes " + std::to_string(stages) + " of " +
                    std::to_string(cpus) + " CPUs: the model has no more dense layers");
  }
  return {setting("grid.stages", stages), setting("grid.host", "process"),
          setting("grid.schedule", "zero-bubble")};
}

}  // namespace

std::int64_t most_replicas(const TrainConfig& train) {
  const auto leaf = static_cast<std::int64_t>(nn::leaf_rows(train));
  return (train.batch + leaf - 1) / leaf;
}

std::vector<PresetSetting> preset_settings(const Config& config, int cpus,
                                           std::vector<std::string>& notes) {
  const std::string& preset = config.grid.preset;
  if (preset == "threads") return {setting("grid.threads", cpus)};
  if (preset == "replicas") return replicas(config, cpus, "thread", notes);
  if (preset == "processes") return replicas(config, cpus, "process", notes);
  if (preset == "pipeline") return pipeline(config, cpus, notes);
  if (preset == "averaging") return workers(config, cpus, "thread", notes);
  if (preset == "children") return workers(config, cpus, "process", notes);
  if (preset == "layers") {
    return {setting("grid.stages", "layers"), setting("grid.threads", "neurons"),
            setting("grid.host", "process"), setting("grid.channel", "pipe")};
  }
  return {};
}

std::vector<PresetSetting> grid_settings(const Config& config, int cpus) {
  const GridConfig& grid = config.grid;
  if (grid.sync != Sync::step || grid.stages != 1 || grid.threads == GridConfig::kNeurons)
    return {};
  const std::int64_t members = grid.replicas * (grid.threads == 0 ? cpus : grid.threads);
  if (members < 2 || members < cpus) return {};
  return {setting("data.loader_threads", std::int64_t{0})};
}

}  // namespace forknet::run
