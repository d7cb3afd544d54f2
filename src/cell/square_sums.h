// Sums of squares of a model's gradient, for train.clip_norm: in pieces and in an order that no
// layout changes (docs/numerics.md, Clipping). One sum for each tile of 16 lines of a panel, then
// one for its last line; panel after panel, block after block, layer after layer.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "cell/shares.h"
#include "nn/model_plan.h"
#include "nn/slices.h"

namespace forknet::cell {

class SquareSums {
 public:
  // The number of sums of a model.
  [[nodiscard]] static std::size_t count(const nn::ModelPlan& plan);

  // `memory`: count(plan) numbers. Keeps references.
  SquareSums(const nn::ModelPlan& plan, std::span<double> memory);

  // Puts the sums of a tile of a block. `gradient`: sums in the layout of the region of parameters.
  // Workers put disjoint tiles at the same time. T is float or double.
  template <class T>
  void put(std::size_t layer, std::size_t block, const WeightTile& tile,
           std::span<const T> gradient);
  // `before`, then the sums of these layers added one after the other. The padding of a gradient is
  // zero.
  [[nodiscard]] double add(const nn::LayerRange& layers, double before) const;

 private:
  const nn::ModelPlan& plan_;
  const std::span<double> memory_;
  std::vector<std::vector<std::size_t>> first_;  // by layer and block; of a last one: the end
};

// What a gradient sum is multiplied by, in a batch of `rows` rows whose gradient sums have
// `squares` as the sum of their squares: 1 / rows, or less if their norm over `rows` is above
// `most`. NaN if the norm is not finite, so that the run ends as diverged. T is float or double.
template <class T>
[[nodiscard]] T clipped_scale(double squares, double most, T scale);

}  // namespace forknet::cell
