#include "train/model/model_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>

#include "base/try.h"
#include "nn/layers/list.h"
#include "nn/losses/list.h"
#include "nn/members/members.h"
#include "settings/enum_names.h"
#include "settings/layers.h"
#include "settings/part_keys.h"
#include "train/model/preparation_json.h"
#include "train/model/tensors.h"

namespace forknet::run {
namespace {

using nlohmann::json;

struct Description {
  ModelConfig model;
  std::size_t inputs = 0;
  Precision precision = Precision::fp32;
  data::Element element = data::Element::f32;
};

// Returns nothing for a missing value or one of another type; the caller reports it once.
template <class T>
std::optional<T> get(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return std::nullopt;
  if constexpr (std::is_same_v<T, std::string>) {
    if (!found->is_string()) return std::nullopt;
  } else if constexpr (std::is_same_v<T, double>) {
    if (!found->is_number()) return std::nullopt;
  } else {
    if (!found->is_number_unsigned()) return std::nullopt;
  }
  return found->template get<T>();
}

template <class E>
std::optional<E> get_word(const json& object, const char* key) {
  const auto text = get<std::string>(object, key);
  return text ? value_of<E>(*text) : std::nullopt;
}

// A scalar or a list of numbers as a config has it.
std::optional<Value> value_of_json(const json& item) {
  if (item.is_boolean()) return Value{item.get<bool>(), {}};
  if (item.is_number_integer()) return Value{item.get<std::int64_t>(), {}};
  if (item.is_number()) return Value{item.get<double>(), {}};
  if (item.is_string()) return Value{item.get<std::string>(), {}};
  if (!item.is_array()) return std::nullopt;
  List list;
  for (const json& number : item) {
    if (!number.is_number()) return std::nullopt;
    if (number.is_number_integer()) list.push_back({number.get<std::int64_t>(), {}});
    if (!number.is_number_integer()) list.push_back({number.get<double>(), {}});
  }
  return Value{std::move(list), {}};
}

// Lists in one another, so that a hostile file does not exhaust the stack.
constexpr std::size_t kMostNested = 16;

// The list of layers as a config has it.
std::optional<Value> value_of_layers(const json& layers, std::size_t depth) {
  if (!layers.is_array() || depth > kMostNested) return std::nullopt;
  List list;
  for (const json& object : layers) {
    if (!object.is_object()) return std::nullopt;
    Table table;
    for (const auto& [key, item] : object.items()) {
      auto value = key == "layers" ? value_of_layers(item, depth + 1) : value_of_json(item);
      if (!value) return std::nullopt;
      table.push_back({key, {}, std::move(*value)});
    }
    list.push_back({std::move(table), {}});
  }
  return Value{std::move(list), {}};
}

bool complete_layers(const std::vector<LayerConfig>& layers) {
  for (const LayerConfig& layer : layers) {
    for (const SettingSpec& setting : nn::find_layer(layer.type)->settings()) {
      if (layer.settings.find(setting.name) == nullptr) return false;
    }
    if (!complete_layers(layer.layers)) return false;
  }
  return true;
}

// A file says everything about a layer, also what a config may leave out.
std::optional<std::vector<LayerConfig>> parse_layers(const json& layers) {
  const auto value = value_of_layers(layers, 0);
  if (!value || (!layers.empty() && check_layers(*value))) return std::nullopt;
  std::vector<LayerConfig> parsed;
  assign(parsed, *value);
  if (!complete_layers(parsed)) return std::nullopt;
  return parsed;
}

json json_of(const SettingValue& value) {
  if (const auto* flag = value.as<bool>()) return *flag;
  if (const auto* whole = value.as<std::int64_t>()) return *whole;
  if (const auto* number = value.as<double>()) return *number;
  if (const auto* word = value.as<std::string>()) return *word;
  if (const auto* wholes = value.as<std::vector<std::int64_t>>()) return *wholes;
  return *value.as<std::vector<double>>();
}

// A loss's own settings, as JSON: {} if it declares none.
json settings_of_loss(const ModelConfig& model) {
  json object = json::object();
  const nn::LossEntry* const loss = nn::find_loss(model.loss);
  if (loss == nullptr) return object;
  const Settings settings = complete(model.settings, loss->settings);
  for (const auto& [name, value] : settings.all()) {
    object[name] = json_of(value);
  }
  return object;
}

// False: the settings of the loss are not what it declares. Of an unknown loss none are read.
bool parse_settings(const json& object, ModelConfig& model) {
  const nn::LossEntry* const loss = nn::find_loss(model.loss);
  const auto given = object.find("loss_settings");
  if (loss == nullptr || given == object.end()) return true;
  if (!given->is_object()) return false;
  for (const SettingSpec& setting : loss->settings) {
    const auto found = given->find(setting.name);
    if (found == given->end()) continue;
    const auto value = value_of_json(*found);
    if (!value || check(allowed_of(setting), setting.name, *value)) return false;
    model.settings.set(setting.name, setting_value(setting, *value));
  }
  return true;
}

std::optional<Description> parse_description(const std::string& text) {
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object()) return std::nullopt;
  const auto inputs = get<std::uint64_t>(object, "inputs");
  const auto loss = get<std::string>(object, "loss");
  const auto precision = get_word<Precision>(object, "precision");
  const auto layers = object.find("layers");
  if (!inputs || *inputs == 0 || *inputs > (1ULL << 40) || !loss || !precision ||
      layers == object.end() || !layers->is_array()) {
    return std::nullopt;
  }
  Description description;
  description.inputs = *inputs;
  description.precision = *precision;
  description.model.loss = *loss;
  if (object.contains("members")) {
    const auto members = get<std::uint64_t>(object, "members");
    if (!members || *members < 2 || *members > nn::kMostMembers) return std::nullopt;
    description.model.members = static_cast<std::int64_t>(*members);
  }
  if (!parse_settings(object, description.model)) return std::nullopt;
  if (object.contains("element")) {
    const auto element = get<std::string>(object, "element");
    if (!element || (*element != "u8" && *element != "f32")) return std::nullopt;
    description.element = *element == "u8" ? data::Element::u8 : data::Element::f32;
  }
  auto parsed = parse_layers(*layers);
  if (!parsed) return std::nullopt;
  description.model.layers = std::move(*parsed);
  return description;
}

Error not_a_model(const std::string& path, const std::string& what) {
  return {
      ErrorKind::data,
      path + ": " + what + "\n  expected a model.safetensors or a checkpoint that forknet wrote"};
}

// Everything in a model except its weights.
struct Surroundings {
  data::Scaling scaling = {};
  data::InputRange inputs = {};
  data::Scaling targets = {};
  data::PreparationPointer preparation = nullptr;
};

// Text of a model's metadata. A checkpoint stores it in the state of the run.
std::optional<std::string> text_of(const store::SafetensorsFile& file, const std::string& key) {
  auto text = file.metadata().find(key);
  if (text == file.metadata().end()) text = file.metadata().find("forknet.state." + key);
  return text == file.metadata().end() ? std::nullopt : std::optional(text->second);
}

Result<data::PreparationPointer> read_preparation(const store::SafetensorsFile& file,
                                                  const nn::ModelPlan& plan) {
  const auto text = text_of(file, kPreparationKey);
  if (!text) return data::PreparationPointer();
  auto preparation = parse_preparation(*text);
  if (!preparation) {
    return not_a_model(file.path(), "describes its columns in a way that is not understood");
  }
  const bool classes = !preparation->classes.empty();
  const bool outputs = !preparation->of_columns() && !classes ? true
                       : classes ? preparation->classes.size() <= plan.outputs
                                 : preparation->targets.size() == plan.outputs;
  const bool any_inputs = !preparation->of_columns() && !preparation->pictures;
  if ((!any_inputs && preparation->inputs() != plan.inputs) || !outputs) {
    return not_a_model(file.path(), "has columns for another number of inputs or outputs");
  }
  return std::make_shared<const data::Preparation>(std::move(*preparation));
}

Result<Surroundings> read_surroundings(const store::SafetensorsFile& file,
                                       const Description& description, const nn::ModelPlan& plan) {
  Surroundings around;
  FORKNET_ASSIGN(around.scaling, read_scaling(file));
  const data::Scaling& scaling = around.scaling;
  const bool bent_as_one = !scaling.bend.empty() && scaling.bend.size() != plan.inputs;
  if (bent_as_one || (scaling.offset.size() != 1 && scaling.offset.size() != plan.inputs)) {
    return not_a_model(file.path(), "scales another number of inputs than its model has");
  }
  FORKNET_ASSIGN(around.inputs, read_range(file));
  if (around.inputs.known()) {
    around.inputs.element = description.element;
  } else {
    around.inputs = data::implied_range(around.scaling);
  }
  if (around.inputs.low.size() > 1 && around.inputs.low.size() != plan.inputs) {
    return not_a_model(file.path(), "has ranges of another number of inputs than its model has");
  }
  FORKNET_ASSIGN(around.targets, read_targets(file));
  if (around.targets.offset.size() != 1 && around.targets.offset.size() != plan.outputs) {
    return not_a_model(file.path(), "scales another number of targets than its model has");
  }
  FORKNET_ASSIGN(around.preparation, read_preparation(file, plan));
  return around;
}

template <class T>
Result<std::shared_ptr<const ModelState>> read_weights(const store::SafetensorsFile& file,
                                                       const Description& description,
                                                       nn::ModelPlan plan, Surroundings around) {
  FORKNET_TRY(check_parameters(file, plan, ""));
  FORKNET_ASSIGN(auto weights, store::Weights<T>::create(plan.numbers, 0));
  FORKNET_TRY(read_parameters<T>(file, plan, "", weights.parameters()));
  return std::shared_ptr<const ModelState>(new ModelState{
      description.model, std::move(plan), std::move(around.scaling), std::move(weights),
      std::move(around.inputs), std::move(around.targets), std::move(around.preparation)});
}

json json_of_layers(const std::vector<LayerConfig>& layers) {
  json list = json::array();
  for (const LayerConfig& layer : layers) {
    json object = {{"type", layer.type}};
    const Settings all = complete(layer.settings, nn::find_layer(layer.type)->settings());
    for (const auto& [name, value] : all.all()) object[name] = json_of(value);
    if (!layer.layers.empty()) object["layers"] = json_of_layers(layer.layers);
    list.push_back(std::move(object));
  }
  return list;
}

}  // namespace

std::string describe_model(const ModelConfig& model, std::size_t inputs, Precision precision,
                           const data::InputRange& inputs_were) {
  json object = {{"inputs", inputs},
                 {"loss", model.loss},
                 {"precision", word_of(precision)},
                 {"layers", json_of_layers(model.layers)}};
  if (model.members > 1) object["members"] = model.members;
  const json settings = settings_of_loss(model);
  if (!settings.empty()) object["loss_settings"] = settings;
  if (inputs_were.known()) {
    object["element"] = inputs_were.element == data::Element::u8 ? "u8" : "f32";
  }
  return object.dump();
}

Result<std::shared_ptr<const ModelState>> read_model(const os::FilePath& where) {
  const std::string& path = where.text();
  FORKNET_ASSIGN(const auto file, store::SafetensorsFile::open(where));
  FORKNET_TRY(file.verify());
  const auto text = text_of(file, kModelKey);
  if (!text) return not_a_model(path, "does not say which model it holds");
  const auto description = parse_description(*text);
  if (!description) return not_a_model(path, "describes its model in a way that is not understood");
  if (nn::find_loss(description->model.loss) == nullptr) {
    return not_a_model(path, "has a loss that is not understood, " +
                                 in_quotes(description->model.loss) + "; known are " +
                                 nn::loss_names());
  }
  auto plan = nn::plan_model(description->model, description->inputs);
  if (!plan.ok()) return not_a_model(path, plan.error().message);
  FORKNET_ASSIGN(auto around, read_surroundings(file, *description, *plan));
  if (description->precision == Precision::fp64) {
    return read_weights<double>(file, *description, std::move(*plan), std::move(around));
  }
  return read_weights<float>(file, *description, std::move(*plan), std::move(around));
}

Status check_members(const store::SafetensorsFile& file, std::size_t members) {
  const auto text = text_of(file, kModelKey);
  const auto description = text ? parse_description(*text) : std::nullopt;
  if (!description) return {};
  const auto stored = static_cast<std::size_t>(description->model.members);
  if (stored == members) return {};
  return Error{ErrorKind::data,
               fmt::format("{}: holds a model of {} member{}, and model.members is {}\n"
                           "  expected as many: --set model.members={}",
                           file.path(), stored, stored == 1 ? "" : "s", members, stored)};
}

Status write_model(const ModelState& model, const os::FilePath& path) {
  return std::visit(
      [&](const auto& weights) -> Status {
        using T = std::remove_cvref_t<decltype(weights.parameters()[0])>;
        std::vector<store::NamedTensor> tensors;
        add_parameters<T>(model.plan, weights.parameters(), "", tensors);
        add_scaling(model.scaling, tensors);
        add_range(model.inputs, tensors);
        add_targets(model.targets, tensors);
        const auto precision = sizeof(T) == 4 ? Precision::fp32 : Precision::fp64;
        store::Metadata metadata = {
            {kModelKey, describe_model(model.config, model.plan.inputs, precision, model.inputs)}};
        if (model.preparation) metadata[kPreparationKey] = to_json(*model.preparation);
        return store::write_safetensors(path, tensors, metadata);
      },
      model.weights);
}

}  // namespace forknet::run
