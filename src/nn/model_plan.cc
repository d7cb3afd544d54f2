#include "nn/model_plan.h"

#include <fmt/format.h>

#include <vector>

#include "base/checked.h"
#include "base/try.h"
#include "nn/layers/list.h"
#include "nn/losses/list.h"

namespace forknet::nn {
namespace {

// Larger models are refused: a mistyped digit in a config must not take the whole machine's memory.
constexpr std::size_t kMostNumbers = std::size_t{1} << 37;

Error bad_model(std::string message) { return {ErrorKind::config, std::move(message)}; }

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

Result<LayerPlan> plan_layer(const LayerConfig& config, std::size_t number, std::size_t inputs) {
  LayerPlan layer;
  layer.kind = find_layer(config.type);
  if (layer.kind == nullptr) {
    return bad_model(
        fmt::format("model.layers: layer {} has an unknown type \"{}\"", number, config.type));
  }
  layer.settings = complete(config.settings, layer.kind->settings());
  for (const SettingSpec& setting : layer.kind->settings()) {
    if (layer.settings.find(setting.name) != nullptr) continue;
    return bad_model(
        fmt::format("model.layers: layer {} ({}) has no {}", number, config.type, setting.name));
  }
  layer.number = number;
  layer.inputs = inputs;
  FORKNET_TRY(layer.kind->plan(layer));
  return layer;
}

std::string ModelPlan::describe() const {
  std::string text = std::to_string(inputs);
  for (const LayerPlan& layer : layers) {
    const bool changes = !layer.kind->traits().outputs.empty() || layer.outputs != layer.inputs;
    if (changes && !layer.blocks.empty()) text.append(1, '-').append(std::to_string(layer.outputs));
  }
  return text;
}

Result<ModelPlan> plan_model(const ModelConfig& model, std::size_t inputs) {
  if (model.layers.empty())
    return bad_model("model.layers: a model needs at least one dense layer");
  ModelPlan plan;
  FORKNET_ASSIGN(plan.loss, make_loss(model.loss, model.settings));
  plan.inputs = inputs;
  std::size_t units = inputs;
  for (const LayerConfig& config : model.layers) {
    FORKNET_ASSIGN(LayerPlan layer, plan_layer(config, plan.layers.size(), units));
    if (layer.too_large) {
      return bad_model(
          fmt::format("model.layers: layer {} of {} x {} weights does not fit into memory",
                      layer.number, layer.inputs, layer.outputs));
    }
    layer.offset = plan.numbers;
    for (BlockPlan& block : layer.blocks) {
      block.offset += plan.numbers;
      plan.decays = plan.decays && block.decays;
    }
    plan.numbers += layer.numbers();
    plan.parameters += layer.trained();
    layer.wants_errors = plan.parameters > 0;
    if (plan.numbers > kMostNumbers) {
      return bad_model("model.layers: the weights of this model do not fit into memory");
    }
    units = layer.outputs;
    plan.layers.push_back(std::move(layer));
  }
  plan.outputs = units;
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
