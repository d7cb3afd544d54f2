// Computes the layers of a slice with one thread per unit. Each thread computes the outputs, errors
// and weights of its unit only. The product back to a layer of another cell is distributed: thread
// i mod n computes unit i of that layer. The bits equal those of the tiles of network.h, because
// every number is the same chain of operations. T is float or double.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "cell/per_unit_threads.h"
#include "cell/workspace.h"
#include "math/element_kernels.h"
#include "math/product_kernels.h"
#include "math/target.h"
#include "nn/layer.h"
#include "nn/model_plan.h"
#include "nn/slices.h"
#include "os/mapping.h"

namespace forknet::cell {

template <class T>
class PerUnitExecutor {
 public:
  // For batches of up to `rows` rows in up to `leaves` leaves, and an optimizer with `states`
  // regions of state. Keeps references. Methods are called from one thread. Errors: out of memory
  // or threads.
  [[nodiscard]] static Result<std::unique_ptr<PerUnitExecutor>> create(
      const nn::ModelPlan& plan, const nn::LayerRange& slice, std::size_t rows, std::size_t leaves,
      std::size_t states, math::Target target);

  // The number of T that create() allocates.
  [[nodiscard]] static std::size_t numbers_for(const nn::ModelPlan& plan,
                                               const nn::LayerRange& slice, std::size_t rows,
                                               std::size_t leaves, std::size_t states);

  // Computes the outputs of `layer` for some rows from its inputs (rows, in); `sums`, if it has
  // data, receives what the activation is applied to.
  void forward(std::size_t layer, std::span<const T> parameters, math::PanelView<const T> inputs,
               math::PanelView<T> outputs, math::PanelView<T> sums, math::Range rows);
  // The product back through the weights of `layer` to the units of the layer below it:
  // errors (units of layer, rows) -> transposed (units of below, rows). Computed by the threads of
  // `below` if it belongs to this slice, otherwise by those of `layer`.
  void product_below(std::size_t layer, std::size_t below, std::span<const T> parameters,
                     math::PanelView<const T> errors, math::PanelView<T> transposed,
                     math::Range rows);
  // As Layer::take_errors and Layer::gradient (nn/layer.h).
  void take_errors(std::size_t layer, const nn::LayerStep<T>& step,
                   math::PanelView<const T> factors, bool hands_down, const nn::Tile& tile);
  void gradient(std::size_t layer, const nn::LayerStep<T>& step, math::Range rows,
                std::size_t leaf_rows, const nn::WeightTile& tile,
                const math::WeightUpdate<T>& update);

 private:
  struct Scratch;  // private memory of a thread
  PerUnitExecutor(const nn::ModelPlan& plan, const nn::LayerRange& slice, std::size_t states,
                  math::Target target);
  [[nodiscard]] std::size_t group(std::size_t layer) const { return groups_[layer - slice_.begin]; }
  [[nodiscard]] Scratch scratch(std::size_t layer, std::size_t unit) const;
  [[nodiscard]] Status take_memory(std::size_t rows, std::size_t leaves);
  void transpose_inputs(math::PanelView<const T> inputs, math::Range rows);
  void sum_leaves(const math::GradientArgs<T>& args, std::size_t unit, const Scratch& own);
  void apply(const math::GradientArgs<T>& args, std::size_t unit, const Scratch& own);

  const nn::ModelPlan& plan_;
  const nn::LayerRange slice_;
  const std::size_t states_;
  const math::Target target_;
  const math::ProductKernels<T>& products_;
  const math::ElementKernels<T>& elements_;
  std::vector<std::size_t> groups_;  // of each layer of the slice that is computed so
  std::vector<std::size_t> firsts_;  // of each layer: the number of its first thread
  std::size_t most_terms_ = 0;       // numbers in a scratch line: inputs and bias, or rows
  std::size_t slots_ = 0;            // pending sums in the tree of the leaves
  os::Mapping memory_;
  T* scratch_ = nullptr;
  math::PanelView<T> transposed_inputs_;  // (in, rows) of the current layer
  std::unique_ptr<PerUnitThreads> unit_threads_;
};

}  // namespace forknet::cell
