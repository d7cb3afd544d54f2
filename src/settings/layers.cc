#include "settings/layers.h"

#include <algorithm>
#include <string>

#include "base/nearest.h"
#include "math/activations/list.h"

namespace forknet::run {
namespace {

bool has(const LayerKey& key, LayerType type) {
  return std::find(key.types.begin(), key.types.end(), type) != key.types.end();
}

std::string ordinal(std::size_t index) { return "layer " + std::to_string(index + 1); }

std::optional<Problem> check_key(const Entry& entry, LayerType type, std::size_t index) {
  std::vector<std::string> known = {"type"};
  for (const LayerKey& key : layer_keys()) {
    if (has(key, type) && key.name == entry.key) {
      return check(key.allowed, ordinal(index) + ": " + std::string(key.name), entry.value);
    }
    if (has(key, type)) known.emplace_back(key.name);
  }
  if (entry.key == "type") return std::nullopt;
  return Problem{
      "unknown key " + in_quotes(entry.key) + " in a " + std::string(word_of(type)) + " layer",
      did_you_mean(entry.key, known), entry.place};
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
  if (auto problem = check(layer_types(), name + ": type", type_entry->value)) return problem;
  const LayerType type = *value_of<LayerType>(*type_entry->value.as<std::string>());
  for (const Entry& entry : *table) {
    if (auto problem = check_key(entry, type, index)) return problem;
  }
  for (const LayerKey& key : layer_keys()) {
    const bool needed = key.required || (key.name == "units" && !last);
    if (has(key, type) && needed && find(*table, key.name) == nullptr) {
      return Problem{name + " (" + std::string(word_of(type)) + ") has no " + std::string(key.name),
                     std::string(key.name) + " is a " + describe(key.allowed).substr(2),
                     layer.place};
    }
  }
  return std::nullopt;
}

LayerConfig layer_of(const Table& table) {
  LayerConfig layer;
  layer.type = *value_of<LayerType>(*find(table, "type")->value.as<std::string>());
  if (const Entry* units = find(table, "units")) layer.units = *units->value.as<std::int64_t>();
  if (const Entry* rate = find(table, "rate")) layer.rate = rate->value.number();
  if (const Entry* activation = find(table, "activation")) {
    layer.activation = *activation->value.as<std::string>();
  }
  return layer;
}

Allowed activation_words() {
  Allowed allowed;
  for (const math::Activation* known : math::all_activations()) {
    allowed.words.push_back({std::string(known->name)});
  }
  return allowed;
}

}  // namespace

const std::vector<LayerKey>& layer_keys() {
  static const std::vector<LayerKey> kKeys = {
      {"units",
       wholes(1),
       {LayerType::dense},
       false,
       "outputs of the layer; default in the last layer: the classes or targets of the data"},
      {"activation",
       activation_words(),
       {LayerType::dense},
       false,
       "function applied to each output; default \"linear\""},
      {"rate",
       fractions({0.0, false, 1.0}),
       {LayerType::dropout},
       true,
       "share of units set to zero while training"},
  };
  return kKeys;
}

const Allowed& layer_types() {
  static const Allowed kTypes = words_for<LayerType>({"layer_norm", "embedding", "residual"});
  return kTypes;
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
  for (const LayerConfig& layer : layers) {
    Table table = {{"type", {}, {std::string(word_of(layer.type)), {}}}};
    if (layer.type == LayerType::dense) {
      if (layer.units != 0) table.push_back({"units", {}, {layer.units, {}}});
      table.push_back({"activation", {}, {layer.activation, {}}});
    } else {
      table.push_back({"rate", {}, {layer.rate, {}}});
    }
    list.push_back({std::move(table), {}});
  }
  return {std::move(list), {}};
}

}  // namespace forknet::run
