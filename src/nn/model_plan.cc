#include "nn/model_plan.h"

#include <fmt/format.h>

#include "base/checked.h"
#include "base/try.h"
#include "nn/losses/list.h"

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
  return {};
}

// The loss, if it takes the last layer. As many units as the data has classes are right for it; a
// config's own units are checked with its settings.
Result<LossPointer> loss_of(const ModelConfig& model) {
  FORKNET_ASSIGN(auto loss, make_loss(model.loss, model.settings));
  LayerConfig last = model.layers.back();
  last.units = 0;
  if (const auto fault = loss->fault_of(last)) {
    return bad_model("model.layers: " + fault->message + "; " + fault->hint);
  }
  return loss;
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
  FORKNET_ASSIGN(plan.loss, loss_of(model));
  plan.inputs = inputs;
  std::size_t units = inputs;
  for (const LayerConfig& config : model.layers) {
    LayerPlan layer;
    layer.type = config.type;
    layer.number = plan.layers.size();
    layer.inputs = units;
    layer.outputs = layer.is_dense() ? static_cast<std::size_t>(config.units) : units;
    layer.activation = config.activation;
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
