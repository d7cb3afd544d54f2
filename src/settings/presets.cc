#include "settings/presets.h"

#include <algorithm>

#include "nn/layers/list.h"
#include "nn/model_plan.h"
#include "nn/optimizer.h"
#include "settings/schema.h"

namespace forknet::run {
namespace {

PresetSetting setting(std::string_view path, std::int64_t number) { return {path, {number, {}}}; }
PresetSetting setting(std::string_view path, const char* word) {
  return {path, {std::string(word), {}}};
}

std::string takes_fewer(const Config& config, std::int64_t count, int cpus,
                        const std::string& why) {
  return "the preset " + config.grid.preset + " takes " + std::to_string(count) + " of " +
         std::to_string(cpus) + " CPUs: " + why;
}

// One replica per CPU, at most one per leaf of the batch.
std::vector<PresetSetting> replicas(const Config& config, int cpus, const char* host) {
  const std::int64_t most = most_replicas(config.train);
  PresetSetting count = setting("grid.replicas", std::min<std::int64_t>(cpus, most));
  if (most < cpus) {
    count.note =
        takes_fewer(config, most, cpus,
                    "a batch of " + std::to_string(config.train.batch) + " has no more leaves");
  }
  return {std::move(count), setting("grid.host", host)};
}

// One worker per CPU, each with its own model unless grid.models says otherwise.
std::vector<PresetSetting> workers(const Config& config, int cpus, const char* host) {
  const std::int64_t models = config.grid.models;
  PresetSetting count = setting("grid.replicas", std::int64_t{cpus});
  if (models > 0 && models < cpus) {
    count = setting("grid.replicas", models);
    count.note = takes_fewer(config, models, cpus, "there are no more models");
  }
  return {std::move(count), setting("grid.host", host), setting("grid.sync", "average")};
}

// One stage per CPU, at most one per layer that may begin one.
std::vector<PresetSetting> pipeline(const Config& config, int cpus) {
  const std::int64_t stages =
      std::clamp<std::int64_t>(cpus, 1, std::max<std::int64_t>(most_stages(config.model), 1));
  PresetSetting count = setting("grid.stages", stages);
  if (stages < cpus) {
    count.note = takes_fewer(config, stages, cpus, "the model has no more layers to begin one");
  }
  return {std::move(count), setting("grid.host", "process"),
          setting("grid.schedule", "zero-bubble")};
}

// Whether training changes numbers of the layer or of its list. How many inputs it has is not known
// yet: a layer that does not take these counts as one with parameters.
bool has_parameters(const LayerConfig& layer) {
  constexpr std::size_t kSomeInputs = 3600;  // of many divisors
  if (std::any_of(layer.layers.begin(), layer.layers.end(), has_parameters)) return true;
  const auto plan = nn::plan_layer(layer, 0, kSomeInputs);
  return !plan.ok() || !plan->parameters.empty();
}

}  // namespace

// As plan_model(): no stage begins where there is nothing to train below.
std::int64_t most_stages(const ModelConfig& model) {
  std::int64_t stages = 0;
  bool trains_below = false;
  for (const LayerConfig& layer : model.layers) {
    const nn::LayerKind* const kind = nn::find_layer(layer.type);
    const bool begins = kind != nullptr && kind->traits().begins_stage;
    if (begins && (stages == 0 || trains_below)) ++stages;
    trains_below = trains_below || has_parameters(layer);
  }
  return stages;
}

std::int64_t most_replicas(const TrainConfig& train) {
  const auto leaf = static_cast<std::int64_t>(nn::leaf_rows(train));
  return (train.batch + leaf - 1) / leaf;
}

std::vector<PresetSetting> preset_settings(const Config& config, int cpus) {
  const std::string& preset = config.grid.preset;
  if (preset == "threads") return {setting("grid.threads", cpus)};
  if (preset == "replicas") return replicas(config, cpus, "thread");
  if (preset == "processes") return replicas(config, cpus, "process");
  if (preset == "pipeline") return pipeline(config, cpus);
  if (preset == "averaging") return workers(config, cpus, "thread");
  if (preset == "children") return workers(config, cpus, "process");
  if (preset == "layers") {
    return {setting("grid.stages", "layers"), setting("grid.threads", "neurons"),
            setting("grid.host", "process"), setting("grid.channel", "pipe")};
  }
  return {};
}

bool set_by_presets(std::string_view path) {
  constexpr std::string_view kSet[] = {"grid.stages", "grid.replicas",      "grid.threads",
                                       "grid.host",   "grid.channel",       "grid.schedule",
                                       "grid.sync",   "data.loader_threads"};
  return std::find(std::begin(kSet), std::end(kSet), path) != std::end(kSet);
}

Config with_preset(const Config& config, int cpus, std::vector<std::string>& notes) {
  Config laid_out = config;
  if (config.grid.preset == config.grid.laid_out) return laid_out;
  laid_out.grid.chosen.clear();
  // Values that another preset left in the fields do not count as given.
  Config before = config;
  before.grid.preset = config.grid.laid_out;
  for (const PresetSetting& old : preset_settings(before, cpus)) {
    const Accessor& field = find_key(old.path)->accessor;
    if (same(field.get(config), old.value)) field.set(laid_out, field.get(Config()));
  }
  std::vector<std::string> besides;
  for (const PresetSetting& one : preset_settings(laid_out, cpus)) {
    const Accessor& field = find_key(one.path)->accessor;
    const Value value = field.get(laid_out);
    if (same(value, field.get(Config()))) {
      field.set(laid_out, one.value);
      laid_out.grid.chosen.emplace_back(one.path);
      if (!one.note.empty()) notes.push_back(one.note);
    } else if (!same(value, one.value)) {
      besides.push_back(std::string(one.path) + " = " + to_toml(value) + " from the program");
    }
  }
  if (!besides.empty()) notes.push_back(besides_note(config.grid.preset, besides));
  laid_out.grid.laid_out = config.grid.preset;
  return laid_out;
}

std::string besides_note(std::string_view preset, const std::vector<std::string>& besides) {
  std::string note = "grid: preset " + std::string(preset) + ", with ";
  for (const std::string& one : besides) note += (&one == besides.data() ? "" : ", ") + one;
  return note;
}

std::vector<PresetSetting> grid_settings(const Config& config, int cpus) {
  const GridConfig& grid = config.grid;
  if (grid.sync != Sync::step || grid.stages != 1 || grid.threads == GridConfig::kNeurons)
    return {};
  const std::int64_t workers = grid.replicas * (grid.threads == 0 ? cpus : grid.threads);
  // A loader varies pictures while the workers train.
  if (workers < 2 || workers < cpus || config.data.augment.any()) return {};
  return {setting("data.loader_threads", std::int64_t{0})};
}

bool is_chosen(const GridConfig& grid, std::string_view path) {
  return std::find(grid.chosen.begin(), grid.chosen.end(), path) != grid.chosen.end();
}

Config with_workers(const Config& config, std::string_view path, std::int64_t count, int cpus) {
  Config changed = config;
  find_key(path)->accessor.set(changed, {count, {}});
  constexpr std::string_view kLoaders = "data.loader_threads";
  if (!is_chosen(config.grid, kLoaders)) return changed;
  const Accessor& loaders = find_key(kLoaders)->accessor;
  loaders.set(changed, loaders.get(Config()));
  for (const PresetSetting& one : grid_settings(changed, cpus)) {
    if (one.path == kLoaders) loaders.set(changed, one.value);
  }
  return changed;
}

}  // namespace forknet::run
