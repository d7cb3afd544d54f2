#include "nn/layers/layer_norm/layer_norm.h"

#include <algorithm>
#include <vector>

#include "math/leaf_tree.h"
#include "nn/layers/layer_norm/layer_norm_kernels.h"

namespace forknet::nn {
namespace {

using math::kLanes;

template <class T>
class LayerNormLayer final : public Layer<T> {
 public:
  LayerNormLayer(const LayerPlan& plan, math::Target target)
      : plan_(plan),
        eps_(static_cast<T>(plan.settings.number("eps"))),
        kernels_(layer_norm_kernels<T>(target)),
        products_(math::product_kernels<T>(target)) {}

  void forward(const LayerStep<T>& step, const Tile& tile) const override {
    kernels_.forward(args_of(step, tile.rows));
  }

  // Also the derivative by the inputs: it needs whole rows, and hand_down() may be asked for some
  // panels.
  void take_errors(const LayerStep<T>& step, math::PanelView<const T> factors, bool hands_down,
                   const Tile& tile) const override {
    LayerNormArgs<T> args = args_of(step, tile.rows);
    args.factors = factors;
    args.hands_down = hands_down;
    kernels_.take_errors(args);
  }

  void hand_down(const LayerStep<T>& step, math::PanelView<T> to, const Tile& tile) const override {
    const std::size_t begin = tile.panels.begin * kLanes;
    const std::size_t end = std::min(tile.panels.end * kLanes, plan_.inputs);
    for (std::size_t group = tile.rows.begin / kLanes; group < math::panels_for(tile.rows.end);
         ++group) {
      const T* const from = step.transposed.line(group, begin);
      std::copy_n(from, (end - begin) * kLanes, to.line(group, begin));
    }
  }

  void gradient(const LayerStep<T>& step, std::size_t /*block*/, math::Range rows,
                std::size_t leaf_rows, const WeightTile& tile,
                const math::WeightUpdate<T>& update) const override {
    const std::size_t first = tile.in_panels.size() > 0 ? 0 : 1;  // the scale is the first line
    const std::size_t end = tile.bias ? kNormLines : 1;           // the shift the last
    if (first >= end) return;
    alignas(64) T sums[kLanes * kNormLines];
    for (std::size_t panel = tile.out_panels.begin; panel < tile.out_panels.end; ++panel) {
      sum_leaves(step, panel, rows, leaf_rows, sums);
      const std::size_t index = panel * update.panel_stride + first * kLanes;
      const std::size_t numbers = (end - first) * kLanes;
      T* const own = sums + first * kLanes;
      for (std::size_t i = 0; update.before != nullptr && i < numbers; ++i) {
        own[i] = update.before[index + i] + own[i];
      }
      products_.update(update, index, end - first, own);
    }
  }

 private:
  [[nodiscard]] LayerNormArgs<T> args_of(const LayerStep<T>& step, math::Range rows) const {
    LayerNormArgs<T> args;
    args.x = step.inputs;
    if (step.region != nullptr) args.parameters = step.region + plan_.blocks.front().offset;
    args.eps = eps_;
    args.y = step.outputs;
    args.statistics = step.buffers[0];
    args.errors = step.errors;
    args.transposed = step.transposed;
    args.rows = rows;
    return args;
  }

  // Both lines of a panel, leaves in their tree.
  void sum_leaves(const LayerStep<T>& step, std::size_t panel, math::Range rows,
                  std::size_t leaf_rows, T* sums) const {
    constexpr std::size_t kNumbers = kLanes * kNormLines;
    T waiting[math::kTreeDepth][kNumbers];
    math::add_over_leaves(
        (rows.size() + leaf_rows - 1) / leaf_rows,
        [&](std::size_t leaf, std::size_t slot) {
          const std::size_t begin = rows.begin + leaf * leaf_rows;
          const math::Range own = {begin, std::min(begin + leaf_rows, rows.end)};
          kernels_.sum_leaf(args_of(step, own), panel, waiting[slot]);
        },
        [&](std::size_t slot) { math::add_to<T>(waiting[slot], waiting[slot + 1]); });
    std::copy_n(waiting[0], kNumbers, sums);
  }

  const LayerPlan& plan_;
  const T eps_;
  const LayerNormKernels<T> kernels_;
  const math::ProductKernels<T>& products_;
};

class LayerNorm final : public LayerKind {
 public:
  std::string_view name() const override { return "layer_norm"; }
  const std::vector<SettingSpec>& settings() const override {
    static const std::vector<SettingSpec> kSettings = {
        {"eps",
         1e-5,
         "added to the variance of a row; default 1e-05",
         {.least = 0.0, .above = true},
         {},
         false}};
    return kSettings;
  }
  const LayerTraits& traits() const override {
    static constexpr LayerTraits kTraits = {.begins_stage = true};
    return kTraits;
  }
  Status plan(LayerPlan& layer) const override {
    layer.outputs = layer.inputs;
    layer.buffers = {{"statistics", 2}};
    add_block(layer, layer.inputs, kNormLines);
    layer.parameters = {{"weight", {layer.inputs}, 0, 0, false, First::ones, Role::norm},
                        {"bias", {layer.inputs}, 0, 1, false, First::zeros, Role::norm}};
    layer.cost = 4 * static_cast<double>(layer.inputs);
    return {};
  }
  std::unique_ptr<Layer<float>> make_f32(const LayerPlan& plan,
                                         math::Target target) const override {
    return std::make_unique<LayerNormLayer<float>>(plan, target);
  }
  std::unique_ptr<Layer<double>> make_f64(const LayerPlan& plan,
                                          math::Target target) const override {
    return std::make_unique<LayerNormLayer<double>>(plan, target);
  }
};

}  // namespace

std::shared_ptr<const LayerKind> layer_norm_layer() { return std::make_shared<const LayerNorm>(); }

}  // namespace forknet::nn
