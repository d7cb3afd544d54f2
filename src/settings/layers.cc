#include "settings/layers.h"

#include <algorithm>
#include <string>

#include "base/nearest.h"
#include "nn/layers/list.h"
#include "settings/part_keys.h"

namespace forknet::run {
namespace {

// Where a layer stands: its name in messages, and whether the model may end with it.
struct LayerPlace {
  std::string name;  // "layer 3"
  bool last = false;
};

// Lists within lists, so that a hostile file does not exhaust the stack.
constexpr std::size_t kMostNested = 16;

bool holds_layers(const nn::LayerKind& kind) { return kind.traits().closing != nullptr; }

std::optional<Problem> check_key(const Entry& entry, const nn::LayerKind& kind,
                                 const std::string& name) {
  if (entry.key == "type" || (entry.key == "layers" && holds_layers(kind))) return std::nullopt;
  std::vector<std::string> known = {"type"};
  if (holds_layers(kind)) known.emplace_back("layers");
  for (const SettingSpec& setting : kind.settings()) {
    if (setting.name == entry.key) {
      return check(allowed_of(setting), name + ": " + setting.name, entry.value);
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

std::optional<Problem> check_layer(const Value& layer, const LayerPlace& place, std::size_t depth);

// The list of a layer that holds one.
std::optional<Problem> check_nested(const Table& table, const Value& layer, const std::string& name,
                                    std::size_t depth) {
  const Entry* const entry = find(table, "layers");
  const List* const list = entry == nullptr ? nullptr : entry->value.as<List>();
  if (list == nullptr || list->empty()) {
    return Problem{
        name + (entry == nullptr ? " has no layers" : ": layers is not a list with a layer in it"),
        "such as layers = [ { type = \"dense\", units = 64, activation = \"relu\" } ]",
        entry == nullptr ? layer.place : entry->value.place};
  }
  if (depth == kMostNested) {
    return Problem{name + ": more than " + std::to_string(kMostNested) + " lists in one another",
                   "put layers beside each other", entry->value.place};
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    const LayerPlace place = {name + "." + std::to_string(i + 1), false};
    if (auto problem = check_layer((*list)[i], place, depth + 1)) return problem;
  }
  return std::nullopt;
}

std::optional<Problem> check_layer(const Value& layer, const LayerPlace& place, std::size_t depth) {
  const std::string& name = place.name;
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
    if (auto problem = check_key(entry, kind, name)) return problem;
  }
  for (const SettingSpec& setting : kind.settings()) {
    if (may_be_absent(kind, setting, place.last) || find(*table, setting.name) != nullptr) continue;
    return Problem{name + " (" + std::string(kind.name()) + ") has no " + setting.name,
                   setting.name + " is a " + describe(allowed_of(setting)).substr(2), layer.place};
  }
  return holds_layers(kind) ? check_nested(*table, layer, name, depth) : std::nullopt;
}

LayerConfig layer_of(const Table& table) {
  LayerConfig layer;
  if (const Entry* const nested = find(table, "layers")) assign(layer.layers, nested->value);
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
  if (!layer.layers.empty()) table.push_back({"layers", {}, read(layer.layers)});
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
    const LayerPlace place = {"layer " + std::to_string(i + 1), i + 1 == list->size()};
    if (auto problem = check_layer((*list)[i], place, 0)) return problem;
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
