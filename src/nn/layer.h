// What a layer computes, in the memory of its caller: the interface of all layers. A layer knows no
// threads, cells, files or optimizers.
//
// The contract that keeps the layout out of the result (docs/numerics.md): a row of the outputs
// depends on that row of the inputs alone; sums over rows go through the leaf tree
// (math/leaf_tree.h); padding is never read as a number and lanes of parameters past the last
// column stay zero. forknet/testing.h checks it.
#pragma once

#include <forknet/result.h>
#include <forknet/settings.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "math/panels.h"
#include "math/product_kernels.h"
#include "math/target.h"
#include "nn/layer_plan.h"

namespace forknet::nn {

// A worker's part of a layer: rows of the batch by panels of units.
struct Tile {
  math::Range rows;
  math::Range panels;
};

// A worker's part of a block of parameters: panels of its lanes by groups of 16 of all lines but
// the last, and whether the last line of these panels belongs to it. Of a dense layer: outputs by
// inputs, and the biases.
struct WeightTile {
  math::Range in_panels;
  math::Range out_panels;
  bool bias = false;
};

inline constexpr std::size_t kMostBuffers = 2;
inline constexpr std::size_t kMostParameters = 16;  // of a layer

// Which lines of a block a worker's last step changed, where it left the others as they were: the
// next step then finds these in the version that it writes, but for the lines here.
struct TouchedLines {
  bool known = false;
  std::uint32_t step = 0;  // the last one
  std::vector<std::size_t> lines;
  std::uint64_t bits = 0;  // sum of the bits of the worker's part of the block and its state
};

// The memory of one layer in one step; valid during a call.
template <class T>
struct LayerStep {
  const T* region = nullptr;        // all parameters of the model
  math::PanelView<const T> inputs;  // (rows, inputs)
  math::PanelView<T> outputs;       // (rows, outputs)
  // Of training:
  math::PanelView<T> errors;                             // (rows, outputs)
  math::PanelView<T> transposed;                         // (outputs, rows)
  std::array<math::PanelView<T>, kMostBuffers> buffers;  // (rows, columns of each)
  math::PanelView<const T> factors_below;  // of the layer below, if both multiply by factors
  // Of the partner, if the plan names one: of a layer below its outputs (rows, outputs), of a layer
  // above the derivative by its outputs (outputs, rows).
  math::PanelView<const T> joined;
  const std::uint32_t* samples = nullptr;  // of each row, the key of its random numbers
  std::uint64_t seed = 0;
  std::uint32_t step = 0;
  TouchedLines* touched = nullptr;  // of this worker; null: a step writes all of its part
};

// The gradient of a block whose lines are those of the inputs and a bias: for the kernel of
// products.
template <class T>
[[nodiscard]] math::GradientArgs<T> gradient_args(const LayerStep<T>& step, math::Range rows,
                                                  std::size_t leaf_rows, const WeightTile& tile,
                                                  const math::WeightUpdate<T>& update) {
  math::GradientArgs<T> args;
  args.x = step.inputs;
  args.dy = step.errors.as_const();
  for (auto* view : {&args.x, &args.dy}) {
    view->data += rows.begin * math::kLanes;
    view->rows = rows.size();
  }
  args.leaf_rows = leaf_rows;
  args.in_panels = tile.in_panels;
  args.out_panels = tile.out_panels;
  args.bias = tile.bias;
  args.update = update;
  return args;
}

template <class T>
class Layer {
 public:
  virtual ~Layer() = default;
  // inputs, rows and panels of the tile -> outputs, and buffers when training.
  virtual void forward(const LayerStep<T>& step, const Tile& tile) const = 0;
  // On entry `transposed` has the derivative of the loss by the outputs, for these rows and panels.
  // First times `factors` (rows, outputs), if they have data; then what the layer needs of it in
  // `errors` and, if `below` will be called, in `transposed`.
  virtual void take_errors(const LayerStep<T>& step, math::PanelView<const T> factors,
                           bool hands_down, const Tile& tile) const = 0;
  // The derivative by the inputs -> to (inputs, rows), for rows of the batch and panels of inputs.
  virtual void hand_down(const LayerStep<T>& step, math::PanelView<T> to,
                         const Tile& tile) const = 0;
  // Gradient sums of one block over `rows`, which begin at a leaf, for the worker's part of it;
  // each is given to `update`, whose pointers stand at the block.
  virtual void gradient(const LayerStep<T>& step, std::size_t block, math::Range rows,
                        std::size_t leaf_rows, const WeightTile& tile,
                        const math::WeightUpdate<T>& update) const = 0;
};

// What the executor may do with a layer.
struct LayerTraits {
  // The setting that says the number of outputs, which the data gives in the last layer; "": a
  // model cannot end here.
  std::string_view outputs = "";
  // The setting that says how many codes each of its code inputs has, which the data gives; "": its
  // inputs are numbers.
  std::string_view codes = "";
  std::string_view code_columns = "";  // and the setting that says which inputs these are
  bool begins_stage = false;           // a stage of a pipeline may begin with it
  bool cuts_by_units = false;          // tiles of some panels only; else of whole rows
  bool by_units = false;  // cell/per_unit_executor.h computes it with one thread per unit
  // Only multiplies by factors, which it keeps in its first buffer, and only in training: its
  // errors are those of the layer below, times the factors. Of several such layers in a row the
  // last keeps the product of all.
  bool multiplies = false;
  // It holds a list of layers (LayerConfig::layers): they come after it in the plan, and after them
  // one of this kind, its partner. All of them belong to one stage. Null: it holds none.
  const LayerKind* closing = nullptr;
  // There is no layer below it: hand_down() is never called.
  bool only_first = false;
  // Of a layer activation(W x + b): W x alone, with the same settings. In a model of several
  // members it becomes layers in which they share W (nn/members). Null: members share all of it.
  const LayerKind& (*shared)() = nullptr;
};

// Stateless and named; lives as long as the program.
class LayerKind {
 public:
  virtual ~LayerKind() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual const std::vector<SettingSpec>& settings() const = 0;
  [[nodiscard]] virtual const LayerTraits& traits() const = 0;
  // Fills in the layer, of which kind, settings, number and inputs are set; blocks by add_block().
  // Error (config): "layer 2 ...", what does not fit.
  [[nodiscard]] virtual Status plan(LayerPlan& layer) const = 0;
  // The layer outlives neither plan nor kind.
  [[nodiscard]] virtual std::unique_ptr<Layer<float>> make_f32(const LayerPlan& plan,
                                                               math::Target target) const = 0;
  [[nodiscard]] virtual std::unique_ptr<Layer<double>> make_f64(const LayerPlan& plan,
                                                                math::Target target) const = 0;
};

template <class T>
[[nodiscard]] std::unique_ptr<Layer<T>> make_layer(const LayerPlan& plan, math::Target target) {
  if constexpr (sizeof(T) == sizeof(float)) {
    return plan.kind->make_f32(plan, target);
  } else {
    return plan.kind->make_f64(plan, target);
  }
}

// The layers of a model.
template <class T>
[[nodiscard]] std::vector<std::unique_ptr<Layer<T>>> make_layers(
    const std::vector<LayerPlan>& plans, math::Target target) {
  std::vector<std::unique_ptr<Layer<T>>> layers;
  for (const LayerPlan& plan : plans) layers.push_back(make_layer<T>(plan, target));
  return layers;
}

// Its place for messages: "3", or "3.1", the first of the list that layer 3 holds.
[[nodiscard]] std::string place_of(const LayerPlan& layer);
// The error (config) of a layer that does not fit what is before it, with the shapes so far.
[[nodiscard]] Error does_not_fit(const LayerPlan& layer, const std::string& what);

// Adds a block of that many lanes and lines; its offset counts from the layer's.
void add_block(LayerPlan& layer, std::size_t lanes, std::size_t lines);

}  // namespace forknet::nn
