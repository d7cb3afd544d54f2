#include "settings/layers.h"

#include <algorithm>
#include <string>

#include "base/nearest.h"
#include "nn/layers/list.h"
#include "settings/part_keys.h"

namespace forknet::run {
namespace {

std::string ordinal(std::size_t index) { return "layer " + std::to_string(index + 1); }

std::optional<Problem> check_key(const Entry& entry, const nn::LayerKind& kind, std::size_t index) {
  if (entry.key == "type") return std::nullopt;
  std::vector<std::string> known = {"type"};
  for (const SettingSpec& setting : kind.settings()) {
    if (setting.name == entry.key) {
      return check(allowed_of(setting), ordinal(index) + ": " + setting.name, entry.value);
    }
    known.push_back(setting.name);
  }
  return Problem{
      "unknown key " + in_quotes(entry.key) + " in a " + std::string(kind.name()) + " layer",
      did_you_mean(entry.key, known), entry.place};
}

// Known elsewhere, but not possible here.
std::optional<Problem> refuse_batch_norm(const Entry& type, const std::string& name) {
  const std::string* const word = type.value.as<std::string>();
  if (word == nullptr || *word != "batch_norm" || nn::find_layer(*word) != nullptr) {
    return std::nullopt;
  }
  return Problem{name +
                     ": batch_norm is not possible: a row's output would depend on the rows "
                     "beside it, which the layout decides",
                 "take { type = \"layer_norm\" }", type.value.place};
}

std::optional<Problem> check_layer(const Value& layer, std::size_t index, bool last) {
  const std::string name = ordinal(index);
  const Table* table = layer.as<Table>();
  if (table == nullptr) {
    return Problem{name + " is " + std::string(describe_type(layer)) + "; expected a table",
                   "such as { type = \"dense\", units = 128, activation = \"relu\" }", layer.place};
  }
  const Entry* type_entry = find(*table, "type");
  if (type_entry == nullptr) {
    return Problem{name + " has no type", "such as { type = \"dense\", units = 128 }", layer.place};
  }
  if (auto problem = refuse_batch_norm(*type_entry, name)) return problem;
  if (auto problem = check(layer_types(), name + ": type", type_entry->value)) return problem;
  const nn::LayerKind& kind = *nn::find_layer(*type_entry->value.as<std::string>());
  for (const Entry& entry : *table) {
    if (auto problem = check_key(entry, kind, index)) return problem;
  }
  for (const SettingSpec& setting : kind.settings()) {
    if (may_be_absent(kind, setting, last) || find(*table, setting.name) != nullptr) continue;
    return Problem{name + " (" + std::string(kind.name()) + ") has no " + setting.name,
                   setting.name + " is a " + describe(allowed_of(setting)).substr(2), layer.place};
  }
  return std::nullopt;
}

LayerConfig layer_of(const Table& table) {
  LayerConfig layer;
  layer.type = *find(table, "type")->value.as<std::string>();
  for (const SettingSpec& setting : nn::find_layer(layer.type)->settings()) {
    const Entry* const entry = find(table, setting.name);
    if (entry != nullptr) layer.settings.set(setting.name, setting_value(setting, entry->value));
  }
  return layer;
}

// All that is given, also what its type does not know, and the defaults of the rest. A number of
// outputs of 0, in a config of a program, is an absent one.
Table table_of(const LayerConfig& layer) {
  Table table = {{"type", {}, {layer.type, {}}}};
  const nn::LayerKind* const kind = nn::find_layer(layer.type);
  Settings all = kind == nullptr ? Settings() : complete(layer.settings, kind->settings());
  for (const auto& [name, value] : layer.settings.all()) all.set(name, value);
  for (const auto& [name, value] : all.all()) {
    const bool outputs = kind != nullptr && name == kind->traits().outputs;
    if (outputs && value == SettingValue(0)) continue;
    table.push_back({name, {}, value_of_setting(value)});
  }
  return table;
}

}  // namespace

bool may_be_absent(const nn::LayerKind& kind, const SettingSpec& setting, bool last) {
  return setting.name == kind.traits().outputs ? last : !setting.required;
}

Allowed layer_types() {
  Allowed types;
  for (const nn::LayerPart& part : nn::layers().all()) {
    types.words.push_back({std::string(part.kind->name())});
  }
  for (const char* const later : {"embedding", "residual"}) {
    types.words.push_back({later, false});
  }
  return types;
}

std::optional<Problem> check_layers(const Value& value) {
  const List* list = value.as<List>();
  if (list == nullptr || list->empty()) {
    return Problem{"model.layers is " + std::string(list ? "empty" : describe_type(value)) +
                       "; expected a list of layers",
                   "such as layers = [ { type = \"dense\", units = 10 } ]", value.place};
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    if (auto problem = check_layer((*list)[i], i, i + 1 == list->size())) return problem;
  }
  return std::nullopt;
}

void assign(std::vector<LayerConfig>& layers, const Value& value) {
  layers.clear();
  for (const Value& item : *value.as<List>()) layers.push_back(layer_of(*item.as<Table>()));
}

Value read(const std::vector<LayerConfig>& layers) {
  List list;
  for (const LayerConfig& layer : layers) list.push_back({table_of(layer), {}});
  return {std::move(list), {}};
}

}  // namespace forknet::run
