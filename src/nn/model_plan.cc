#include "nn/model_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/checked.h"
#include "base/try.h"
#include "nn/layers/list.h"
#include "nn/losses/list.h"
#include "nn/members/members.h"

namespace forknet::nn {
namespace {

// Between the place of a layer and that of one in its list (LayerPlan::path).
constexpr std::string_view kInList = ".layers.";

Error bad_model(std::string message) { return {ErrorKind::config, std::move(message)}; }

// "dense 64"
std::string shape_of(const LayerPlan& layer) {
  return fmt::format("{} {}", layer.kind->name(), layer.outputs);
}

std::string inputs_text(std::size_t inputs) {
  return fmt::format("{} input{}", inputs, inputs == 1 ? "" : "s");
}

Status check_ends(const ModelPlan& plan) {
  const LayerPlan& last = plan.layers.back();
  if (last.kind->traits().outputs.empty()) {
    return bad_model("model.layers: the last layer must be dense: its units are the outputs");
  }
  // As many units as the data has classes are right for the loss; a config's own units are checked
  // with its settings.
  if (const auto fault = plan.loss->fault_of({0, last.activation})) {
    return bad_model("model.layers: " + fault->message + "; " + fault->hint);
  }
  return {};
}

}  // namespace

void add_block(LayerPlan& layer, std::size_t lanes, std::size_t lines) {
  const auto panel_lines = checked_multiply(math::panels_for(lanes), lines);
  const auto numbers = panel_lines ? checked_multiply(*panel_lines, math::kLanes) : std::nullopt;
  if (numbers && *numbers <= kMostNumbers) {
    layer.blocks.push_back({layer.numbers(), math::panels_for(lanes), lines});
  } else {
    layer.too_large = true;
  }
}

math::Range LayerPlan::undecayed_lines(std::size_t block, DecayScope scope) const {
  math::Range lines;
  std::size_t sum = 0;
  for (const ParameterPlan& parameter : parameters) {
    if (parameter.block != block || scope.has(parameter.role)) continue;
    const std::size_t first = parameter.first_line;
    const std::size_t end = first + parameter.lines();
    lines = sum == 0 ? math::Range{first, end}
                     : math::Range{std::min(lines.begin, first), std::max(lines.end, end)};
    sum += parameter.lines();
  }
  FORKNET_CHECK(sum == lines.size());
  return lines;
}

std::string place_of(const LayerPlan& layer) {
  if (layer.path.empty()) return std::to_string(layer.number + 1);
  std::string place;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = layer.path.find(kInList, begin);
    place += std::to_string(std::stoul(layer.path.substr(begin, end - begin)) + 1);
    if (end == std::string::npos) return place;
    place += '.';
    begin = end + kInList.size();
  }
}

Error does_not_fit(const LayerPlan& layer, const std::string& what) {
  return bad_model(fmt::format("model.layers: layer {} {}\n  shapes so far: {}", place_of(layer),
                               what, layer.before));
}

namespace {

Result<const LayerKind*> kind_of(const LayerPlan& layer, const LayerConfig& config) {
  const LayerKind* const kind = find_layer(config.type);
  if (kind != nullptr) return kind;
  return bad_model(
      fmt::format("model.layers: layer {} has an unknown type \"{}\"", layer.number, config.type));
}

// Of which place and kind are set.
Result<LayerPlan> planned(LayerPlan layer, const LayerConfig& config) {
  layer.settings = complete(config.settings, layer.kind->settings());
  for (const SettingSpec& setting : layer.kind->settings()) {
    if (layer.settings.find(setting.name) != nullptr) continue;
    return bad_model(fmt::format("model.layers: layer {} ({}) has no {}", layer.number, config.type,
                                 setting.name));
  }
  FORKNET_TRY(layer.kind->plan(layer));
  return layer;
}

}  // namespace

Result<LayerPlan> plan_layer(const LayerConfig& config, std::size_t number, std::size_t inputs) {
  LayerPlan layer;
  layer.number = number;
  layer.path = std::to_string(number);
  layer.before = inputs_text(inputs);
  layer.inputs = inputs;
  FORKNET_ASSIGN(layer.kind, kind_of(layer, config));
  return planned(std::move(layer), config);
}

LayerPlanner::LayerPlanner(std::size_t inputs, std::size_t members)
    : members_(members), units_(inputs), shapes_{inputs_text(inputs)} {}

Status LayerPlanner::add(const LayerConfig& config, bool last) {
  return add_at({std::to_string(count_++), false, last}, config);
}

Status LayerPlanner::add_at(const Place& place, const LayerConfig& config) {
  const std::string& path = place.path;
  LayerPlan layer = next(path);
  FORKNET_ASSIGN(layer.kind, kind_of(layer, config));
  FORKNET_ASSIGN(layer, planned(std::move(layer), config));
  const LayerTraits& traits = layer.kind->traits();
  layer.begins_stage = traits.begins_stage && !place.in_list;
  if (traits.closing == nullptr) {
    if (!config.layers.empty()) return does_not_fit(layer, "holds no list of layers");
    if (members_ > 1 && traits.shared != nullptr) return add_members(place, layer);
    put(std::move(layer));
    return {};
  }
  if (config.layers.empty()) return does_not_fit(layer, "needs a list of layers");
  put(std::move(layer));
  return add_list(path, config);
}

// What a layer becomes that several members take. The first factors of a model tell its members
// apart; all others begin alike.
Status LayerPlanner::add_members(const Place& place, const LayerPlan& plain) {
  const std::size_t first = layers_.size();
  const std::size_t shapes = shapes_.size();
  if (place.last) {
    FORKNET_TRY(add_kind(place, plain, member_dense()));
  } else {
    FORKNET_TRY(add_kind(place, plain, member_inputs()));
    if (!has_signs_) layers_[first].parameters.front().first = First::signs;
    has_signs_ = true;
    FORKNET_TRY(add_kind(place, plain, plain.kind->traits().shared()));
    FORKNET_TRY(add_kind(place, plain, member_outputs()));
  }
  // Messages show the layers of the config.
  shapes_.resize(shapes);
  shapes_.push_back(shape_of(plain));
  return {};
}

// A layer with the settings, outputs and activation of `plain`.
Status LayerPlanner::add_kind(const Place& place, const LayerPlan& plain, const LayerKind& kind) {
  LayerPlan layer = next(place.path);
  layer.kind = &kind;
  layer.settings = plain.settings;
  layer.outputs = plain.outputs;
  layer.activation = plain.activation;
  layer.begins_stage = kind.traits().begins_stage && !place.in_list;
  FORKNET_TRY(kind.plan(layer));
  put(std::move(layer));
  return {};
}

// The layers between the two parts, and the second part.
Status LayerPlanner::add_list(const std::string& path, const LayerConfig& config) {
  const std::size_t first = layers_.size() - 1;
  for (std::size_t i = 0; i < config.layers.size(); ++i) {
    const std::string own = path + std::string(kInList) + std::to_string(i);
    FORKNET_TRY(add_at({own, true, false}, config.layers[i]));
  }
  LayerPlan closing = next(path);
  closing.kind = layers_[first].kind->traits().closing;
  closing.settings = layers_[first].settings;
  closing.outputs = layers_[first].outputs;
  closing.partner = first;
  layers_[first].partner = closing.number;
  FORKNET_TRY(closing.kind->plan(closing));
  put(std::move(closing));
  return {};
}

LayerPlan LayerPlanner::next(const std::string& path) const {
  constexpr std::size_t kMostShapes = 12;  // of a message
  LayerPlan layer;
  layer.number = layers_.size();
  layer.path = path;
  const std::size_t from = shapes_.size() > kMostShapes ? shapes_.size() - kMostShapes : 0;
  layer.before = from == 0 ? "" : "..., ";
  layer.before += fmt::format(
      "{}", fmt::join(shapes_.begin() + static_cast<std::ptrdiff_t>(from), shapes_.end(), ", "));
  layer.inputs = units_;
  layer.members = members_;
  return layer;
}

void LayerPlanner::put(LayerPlan layer) {
  units_ = layer.outputs;
  shapes_.push_back(shape_of(layer));
  layers_.push_back(std::move(layer));
}

std::string ModelPlan::describe() const {
  std::string text = std::to_string(inputs);
  for (const LayerPlan& layer : layers) {
    const bool changes = !layer.kind->traits().outputs.empty() || layer.outputs != layer.inputs;
    if (changes && !layer.blocks.empty()) text.append(1, '-').append(std::to_string(layer.outputs));
  }
  if (members > 1) text += fmt::format(" x {} members", members);
  return text;
}

namespace {

Result<std::size_t> members_of(const ModelConfig& model) {
  if (model.members >= 1 && model.members <= static_cast<std::int64_t>(kMostMembers)) {
    return static_cast<std::size_t>(model.members);
  }
  return bad_model(
      fmt::format("model.members is {}; expected 1 to {}", model.members, kMostMembers));
}

}  // namespace

Result<ModelPlan> plan_model(const ModelConfig& model, std::size_t inputs) {
  if (model.layers.empty())
    return bad_model("model.layers: a model needs at least one dense layer");
  ModelPlan plan;
  FORKNET_ASSIGN(plan.loss, make_loss(model.loss, model.settings));
  plan.inputs = inputs;
  FORKNET_ASSIGN(plan.members, members_of(model));
  LayerPlanner planner(inputs, plan.members);
  bool started = false;
  for (const LayerConfig& config : model.layers) {
    FORKNET_TRY(planner.add(config, &config == &model.layers.back()));
  }
  for (LayerPlan layer : planner.layers()) {
    if (layer.too_large) {
      return bad_model(
          fmt::format("model.layers: layer {} of {} x {} weights does not fit into memory",
                      place_of(layer), layer.inputs, layer.outputs));
    }
    // A stage sends errors down, so there is something to train below each but the first.
    layer.begins_stage = layer.begins_stage && (!started || plan.parameters > 0);
    started = started || layer.begins_stage;
    layer.offset = plan.numbers;
    for (BlockPlan& block : layer.blocks) block.offset += plan.numbers;
    plan.numbers += layer.numbers();
    plan.parameters += layer.trained();
    layer.wants_errors = plan.parameters > 0;
    if (plan.numbers > kMostNumbers) {
      return bad_model("model.layers: the weights of this model do not fit into memory");
    }
    plan.layers.push_back(std::move(layer));
  }
  plan.outputs = planner.units();
  FORKNET_TRY(check_ends(plan));
  return plan;
}

std::size_t errors_below(const ModelPlan& plan, std::size_t layer) {
  for (std::size_t below = layer; below-- > 0;) {
    const LayerPlan& own = plan.layers[below];
    if (own.wants_errors && !own.kind->traits().multiplies) return below;
  }
  return plan.layers.size();
}

}  // namespace forknet::nn
