#include "settings/schema.h"

#include <algorithm>

#include "base/check.h"
#include "settings/schema_parts.h"
#include "settings/toml_text.h"

namespace forknet::run {
namespace {

// A setting that is not built accepts the one value that this version runs.
std::optional<Problem> check_only(const Key& key, const Value& value) {
  const std::string head = std::string(key.path) + " = " + printable(to_toml(value));
  if (key.only.empty())
    return Problem{head + " is not built yet", std::string(key.help), value.place};
  if (same(value, *default_of(key))) return std::nullopt;
  return Problem{head + " is not built yet; this version runs " + std::string(key.only), "",
                 value.place};
}

}  // namespace

const std::vector<Section>& sections() {
  static const std::vector<Section> kSections = {
      {"run", "Name, folder and seed of the run."},
      {"data", "Source and preparation of the samples."},
      {"model", "The network and its loss."},
      {"train", "Length, batches and evaluation."},
      {"optimizer", "The update of the weights."},
      {"numerics",
       "Precision and kernels. The precision changes the result, as train.leaf does; the kernels "
       "do not."},
      {"grid",
       "How the work is divided among cells. It never changes the result (models and average_every "
       "with sync = \"average\" do)."},
      {"average", "How models that train apart (grid.sync = \"average\") are averaged."},
      {"checkpoint", "When checkpoints are written and how many are kept."},
      {"log", "What is logged during training."},
  };
  return kSections;
}

const std::vector<Key>& schema() {
  static const std::vector<Key> kKeys = [] {
    std::vector<Key> keys;
    for (auto* part : {run_and_data_keys, model_and_training_keys, layout_keys}) {
      for (Key& key : part()) keys.push_back(std::move(key));
    }
    return keys;
  }();
  return kKeys;
}

const Key* find_key(std::string_view path) {
  const auto key = std::find_if(schema().begin(), schema().end(),
                                [&](const Key& candidate) { return candidate.path == path; });
  return key == schema().end() ? nullptr : &*key;
}

void take_setting(std::string_view path, const Config& from, Config& to) {
  const Accessor& accessor = find_key(path)->accessor;
  accessor.set(to, accessor.get(from));
}

std::vector<std::string> section_names() {
  std::vector<std::string> names;
  for (const Section& section : sections()) names.emplace_back(section.name);
  return names;
}

std::vector<std::string> key_names(std::string_view section) {
  std::vector<std::string> names;
  for (const Key& key : schema()) {
    if (key.section() == section) names.emplace_back(key.name());
  }
  return names;
}

std::vector<std::string> key_paths() {
  std::vector<std::string> paths;
  for (const Key& key : schema()) paths.emplace_back(key.path);
  return paths;
}

std::optional<Problem> check_value(const Key& key, const Value& value) {
  if (key.allowed.layers) return check_layers(value);
  if (key.allowed.augment) return check_augment(key.path, value);
  if (key.allowed.source) return check_source(key.path, value, key.allowed.fraction.has_value());
  // Every value of a setting that accepts none yet is refused alike.
  if (!key.built() && key.only.empty()) return check_only(key, value);
  if (auto problem = check(key.allowed, key.path, value)) return problem;
  return key.built() ? std::nullopt : check_only(key, value);
}

std::optional<Value> default_of(const Key& key) {
  if (key.required) return std::nullopt;
  if (key.built()) return key.accessor.get(Config{});
  if (key.only.empty()) return std::nullopt;
  auto outcome = parse_word(key.only);
  FORKNET_CHECK(std::holds_alternative<Value>(outcome));
  return std::get<Value>(std::move(outcome));
}

}  // namespace forknet::run
