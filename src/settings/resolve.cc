#include "settings/resolve.h"

#include <algorithm>
#include <utility>

#include "base/try.h"
#include "os/cpu.h"
#include "os/file.h"
#include "settings/averaging.h"
#include "settings/given.h"
#include "settings/presets.h"
#include "settings/rules.h"
#include "settings/schema.h"

namespace forknet::run {
namespace {

// "mnist.toml:12", "--set", "default"
std::string source_of(const Given* given) {
  if (given == nullptr) return "default";
  if (!given->value.place.known()) return given->source;
  return printable(given->source, 200) + ":" + std::to_string(given->value.place.line);
}

Status check_given(const GivenSettings& given, const std::string& name) {
  for (const auto& [path, setting] : given.in_order()) {
    if (auto problem = check_value(*find_key(path), setting->value)) {
      return given.error(path, std::move(*problem));
    }
  }
  for (const Key& key : schema()) {
    if (key.required && given.find(key.path) == nullptr) {
      return point_at(name, "",
                      {std::string(key.path) + " is missing",
                       "\"forknet init mnist FILE\" writes a config that has everything",
                       {}});
    }
  }
  return {};
}

void take_given(const GivenSettings& given, Config& config) {
  for (const Key& key : schema()) {
    const Given* setting = given.find(key.path);
    if (setting != nullptr && key.built()) key.accessor.set(config, setting->value);
  }
}

// The settings that are given with a preset and differ from it.
std::vector<std::string> besides_of(const GivenSettings& given,
                                    const std::vector<PresetSetting>& preset) {
  std::vector<std::string> besides;
  for (const Key& key : schema()) {
    const Given* setting = given.find(key.path);
    if (key.section() != "grid" || !set_by_presets(key.path) || setting == nullptr) continue;
    const auto own = std::find_if(preset.begin(), preset.end(),
                                  [&](const auto& one) { return one.path == key.path; });
    if (same(setting->value, own == preset.end() ? *default_of(key) : own->value)) continue;
    besides.push_back(std::string(key.path) + " = " + printable(to_toml(setting->value)) +
                      " from " + source_of(setting));
  }
  return besides;
}

// Adds the settings of the preset and those of any grid.
void lay_out(GivenSettings& given, Resolved& resolved) {
  Config& config = resolved.config;
  const int cpus = os::cpu_budget();
  const std::string preset = config.grid.preset;
  const auto settings = preset_settings(config, cpus);
  for (const PresetSetting& one : settings) {
    const bool added = given.add_if_absent(one.path, one.value, "preset " + preset);
    if (added) config.grid.chosen.emplace_back(one.path);
    if (added && !one.note.empty()) resolved.notes.push_back(one.note);
  }
  const auto besides = besides_of(given, settings);
  if (given.find("grid.preset") != nullptr && !besides.empty()) {
    resolved.notes.push_back(besides_note(preset, besides));
  }
  take_given(given, config);
  config.grid.laid_out = preset;
  for (const PresetSetting& one : grid_settings(config, cpus)) {
    if (given.add_if_absent(one.path, one.value, "grid")) config.grid.chosen.emplace_back(one.path);
  }
  take_given(given, config);
}

// All settings that can be written, each with its source.
std::vector<Setting> settings_of(const Config& config, const GivenSettings* given) {
  std::vector<Setting> settings;
  for (const Key& key : schema()) {
    const auto value = key.built() ? key.accessor.get(config) : default_of(key);
    if (!value) continue;
    const std::string source = given ? source_of(given->find(key.path)) : "program";
    settings.push_back({std::string(key.path), to_toml(*value), source});
  }
  return settings;
}

// `error`: of reading the file, such as "open x.toml: No such file or directory".
Error cannot_read(const std::string& path, const Error& error) {
  return {ErrorKind::config, "the config " + printable(path, 200) + " cannot be read\n  " +
                                 error.message +
                                 "\n  \"forknet init mnist FILE\" writes a config to start from"};
}

}  // namespace

Result<Resolved> resolve_file(const std::string& path, const Overrides& overrides) {
  const auto text = os::read_file(path, kMostConfigBytes, ErrorKind::config);
  if (!text.ok()) return cannot_read(path, text.error());
  return resolve_text(*text, path, overrides);
}

Result<Resolved> resolve_text(std::string_view text, const std::string& name,
                              const Overrides& overrides) {
  Resolved resolved;
  GivenSettings given(name, text);
  FORKNET_TRY(given.add_file());
  FORKNET_TRY(given.add_environment(overrides.environment, resolved.notes));
  for (const FlagSetting& flag : overrides.flags) FORKNET_TRY(given.add_flag(flag));
  for (const std::string& set : overrides.sets) FORKNET_TRY(given.add_set(set));
  if (overrides.resumes) given.keep_fixed();
  FORKNET_TRY(check_given(given, name));
  take_given(given, resolved.config);
  lay_out(given, resolved);
  const GridConfig& grid = resolved.config.grid;
  // "epoch" was the default of older versions, so the stored settings of their runs have it.
  const bool says_every =
      grid.average_every != GridConfig::kAuto && grid.average_every != GridConfig::kEpoch;
  if (grid.sync == Sync::step && (grid.models > 0 || says_every)) {
    resolved.notes.push_back(
        "grid.models and grid.average_every have no effect without grid.sync = \"average\" (--grid "
        "averaging or children)");
  }
  for (std::string& note : average_notes(resolved.config)) {
    resolved.notes.push_back(std::move(note));
  }
  if (overrides.settles) settle_average(resolved.config);
  if (auto violation = check_rules(resolved.config)) {
    return given.error(violation->path, std::move(violation->problem));
  }
  resolved.settings = settings_of(resolved.config, &given);
  return resolved;
}

Result<Resolved> resolve_config(const Config& config) {
  FORKNET_TRY(validate(config));
  Config settled = config;
  settle_average(settled);
  std::vector<Setting> settings = settings_of(settled, nullptr);
  return Resolved{std::move(settled), std::move(settings), {}};
}

Resolved with_init(Resolved settings, std::string used) {
  settings.config.model.init = std::move(used);
  for (Setting& setting : settings.settings) {
    if (setting.path == "model.init") {
      setting.value = to_toml(find_key(setting.path)->accessor.get(settings.config));
    }
  }
  return settings;
}

Resolved with_layout_of(Resolved settings, const Config& used) {
  for (Setting& setting : settings.settings) {
    const bool worker = setting.path == "grid.threads" || setting.path == "grid.replicas";
    if (!worker && setting.path != "data.loader_threads") continue;
    if (!is_chosen(settings.config.grid, setting.path)) continue;
    const Accessor& field = find_key(setting.path)->accessor;
    const Value value = field.get(used);
    if (same(value, field.get(settings.config))) continue;
    field.set(settings.config, value);
    setting.value = to_toml(value);
    setting.source += ", measured";
  }
  return settings;
}

}  // namespace forknet::run
