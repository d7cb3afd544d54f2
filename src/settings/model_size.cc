#include "settings/model_size.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <optional>
#include <string>

#include "base/checked.h"
#include "nn/model_plan.h"
#include "nn/optimizer.h"

namespace forknet::run {

namespace {

// Parameters of a layer that is too large to be planned, at least: several members may have as many
// matrices.
std::optional<std::size_t> least_of(const nn::LayerPlan& layer) {
  const auto matrix = checked_multiply(layer.inputs + 1, layer.outputs);
  return matrix ? std::optional(std::max(*matrix, nn::kMostNumbers)) : matrix;
}

}  // namespace

ModelSize model_size(const Config& config, std::size_t inputs) {
  const std::size_t number_bytes = config.numerics.precision == Precision::fp64 ? 8 : 4;
  // Values kept for every parameter: the weight, its gradient and the optimizer's state.
  const std::size_t values = 2 + nn::moment_count(config.optimizer);
  const std::size_t parameter_bytes = number_bytes * values;
  constexpr std::size_t kTooMany = std::numeric_limits<std::size_t>::max();
  ModelSize size;
  nn::LayerPlanner planner(inputs, static_cast<std::size_t>(config.model.members));
  std::size_t counted = 0;
  for (std::size_t i = 0; i < config.model.layers.size(); ++i) {
    // What does not fit its inputs is told where they are known.
    const bool last = i + 1 == config.model.layers.size();
    if (!planner.add(config.model.layers[i], last).ok()) return size;
    for (; counted < planner.layers().size(); ++counted) {
      const nn::LayerPlan& layer = planner.layers()[counted];
      const auto trained = layer.too_large ? least_of(layer) : layer.trained();
      const auto total = trained ? checked_add(size.parameters, *trained) : trained;
      const auto bytes = total ? checked_multiply(*total, parameter_bytes) : total;
      size.widest = std::max(size.widest, static_cast<std::int64_t>(layer.outputs));
      size.parameters = total.value_or(kTooMany);
      size.bytes = bytes.value_or(kTooMany);
      if (size.bytes > kMostModelBytes) {
        size.too_large_at = i;
        return size;
      }
    }
  }
  return size;
}

std::string bytes_text(std::size_t bytes) {
  constexpr std::array<const char*, 7> kUnits = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  auto amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (amount >= 1024.0 && unit + 1 < kUnits.size()) {
    amount /= 1024.0;
    ++unit;
  }
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", amount, kUnits[unit]);
  return text.data();
}

}  // namespace forknet::run
