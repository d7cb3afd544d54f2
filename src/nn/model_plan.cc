#include "nn/model_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "base/checked.h"
#include "base/nearest.h"
#include "base/try.h"

namespace forknet::nn {
namespace {

// Larger models are refused: a mistyped digit in a config must not take the whole machine's memory.
constexpr std::size_t kMostNumbers = std::size_t{1} << 37;

Error bad_model(std::string message) { return {ErrorKind::config, std::move(message)}; }

Status check_ends(const ModelConfig& model) {
  if (model.layers.empty())
    return bad_model("model.layers: a model needs at least one dense layer");
  const LayerConfig& last = model.layers.back();
  if (last.type != LayerType::dense) {
    return bad_model("model.layers: the last layer must be dense: its units are the outputs");
  }
  if (model.loss == Loss::softmax_cross_entropy &&
      last.activation != math::activations::linear().name) {
    return bad_model(
        "model.layers: the loss softmax_cross_entropy takes the softmax itself, so the last layer "
        "must be linear; leave its activation out");
  }
  return {};
}

Result<std::size_t> dense_numbers(std::size_t number, std::size_t inputs, std::size_t outputs) {
  const auto lines = checked_multiply(math::panels_for(outputs), inputs + 1);
  const auto numbers = lines ? checked_multiply(*lines, math::kLanes) : std::nullopt;
  if (!numbers || *numbers > kMostNumbers) {
    return bad_model(
        fmt::format("model.layers: layer {} of {} x {} weights does not fit into memory", number,
                    inputs, outputs));
  }
  return *numbers;
}

Result<const math::Activation*> activation_of(const LayerConfig& layer, std::size_t number) {
  if (const math::Activation* found = math::find_activation(layer.activation)) return found;
  std::vector<std::string> names;
  for (const math::Activation* known : math::all_activations()) names.emplace_back(known->name);
  return bad_model(fmt::format(
      "model.layers: layer {}: there is no activation \"{}\"\n  {}", number + 1, layer.activation,
      nearest(layer.activation, names) ? did_you_mean(layer.activation, names)
                                       : fmt::format("known: {}", fmt::join(names, ", "))));
}

}  // namespace

std::string ModelPlan::describe() const {
  std::string text = std::to_string(inputs);
  for (const LayerPlan& layer : layers) {
    if (layer.is_dense()) text.append(1, '-').append(std::to_string(layer.outputs));
  }
  return text;
}

Result<ModelPlan> plan_model(const ModelConfig& model, std::size_t inputs) {
  FORKNET_TRY(check_ends(model));
  ModelPlan plan;
  plan.loss = model.loss;
  plan.inputs = inputs;
  std::size_t units = inputs;
  for (const LayerConfig& config : model.layers) {
    LayerPlan layer;
    layer.type = config.type;
    layer.number = plan.layers.size();
    layer.inputs = units;
    layer.outputs = layer.is_dense() ? static_cast<std::size_t>(config.units) : units;
    FORKNET_ASSIGN(layer.activation, activation_of(config, layer.number));
    layer.rate = config.rate;
    layer.offset = plan.numbers;
    if (layer.is_dense()) {
      FORKNET_TRY(dense_numbers(layer.number, layer.inputs, layer.outputs));
      plan.numbers += layer.numbers();
      plan.parameters += layer.parameters();
    }
    if (plan.numbers > kMostNumbers) {
      return bad_model("model.layers: the weights of this model do not fit into memory");
    }
    units = layer.outputs;
    plan.layers.push_back(layer);
  }
  plan.outputs = units;
  return plan;
}

}  // namespace forknet::nn
