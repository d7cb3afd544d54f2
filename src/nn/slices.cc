#include "nn/slices.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/check.h"

namespace forknet::nn {
namespace {

std::vector<std::size_t> dense_numbers(const ModelPlan& plan) {
  std::vector<std::size_t> numbers;
  for (const LayerPlan& layer : plan.layers) {
    if (layer.is_dense()) numbers.push_back(layer.number);
  }
  return numbers;
}

// first[s]: the dense layer with which slice s begins. best[s][n]: the costliest of the first s
// slices when they hold the first n dense layers.
std::vector<std::size_t> best_cut(std::span<const double> costs, std::size_t stages) {
  const std::size_t layers = costs.size();
  constexpr double kNever = std::numeric_limits<double>::infinity();
  std::vector<std::vector<double>> best(stages + 1, std::vector<double>(layers + 1, kNever));
  std::vector<std::vector<std::size_t>> from(stages + 1, std::vector<std::size_t>(layers + 1, 0));
  best[0][0] = 0;
  for (std::size_t s = 1; s <= stages; ++s) {
    for (std::size_t n = s; n <= layers; ++n) {
      for (std::size_t begin = s - 1; begin < n; ++begin) {
        const double own = std::accumulate(costs.begin() + static_cast<std::ptrdiff_t>(begin),
                                           costs.begin() + static_cast<std::ptrdiff_t>(n), 0.0);
        const double costliest = std::max(best[s - 1][begin], own);
        if (costliest < best[s][n]) {
          best[s][n] = costliest;
          from[s][n] = begin;
        }
      }
    }
  }
  std::vector<std::size_t> first(stages);
  for (std::size_t s = stages, n = layers; s > 0; --s) n = first[s - 1] = from[s][n];
  return first;
}

}  // namespace

std::size_t dense_layers(const ModelPlan& plan) { return dense_numbers(plan).size(); }

std::vector<double> counted_costs(const ModelPlan& plan) {
  std::vector<double> costs;
  for (const LayerPlan& layer : plan.layers) {
    if (!layer.is_dense()) continue;
    const double products = dense_below(plan, layer.number) < plan.layers.size() ? 3 : 2;
    costs.push_back(products * static_cast<double>(layer.parameters()));
  }
  return costs;
}

std::vector<LayerRange> partition_model(const ModelPlan& plan, std::size_t stages,
                                        std::span<const double> costs) {
  const std::vector<std::size_t> dense = dense_numbers(plan);
  FORKNET_CHECK(stages >= 1 && stages <= dense.size() && costs.size() == dense.size());
  const std::vector<std::size_t> first = best_cut(costs, stages);
  std::vector<LayerRange> slices;
  for (std::size_t s = 0; s < stages; ++s) {
    const std::size_t begin = s == 0 ? 0 : dense[first[s]];
    const std::size_t end = s + 1 == stages ? plan.layers.size() : dense[first[s + 1]];
    slices.push_back({begin, end});
  }
  return slices;
}

std::size_t dense_below(const ModelPlan& plan, std::size_t layer) {
  for (std::size_t below = layer; below-- > 0;) {
    if (plan.layers[below].is_dense()) return below;
  }
  return plan.layers.size();
}

}  // namespace forknet::nn
