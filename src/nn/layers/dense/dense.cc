#include "nn/layers/dense/dense.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/nearest.h"
#include "base/try.h"
#include "math/activations/list.h"
#include "math/element_kernels.h"
#include "nn/activation_errors.h"

namespace forknet::nn {
namespace {

template <class T>
class DenseLayer final : public Layer<T> {
 public:
  DenseLayer(const LayerPlan& plan, math::Target target)
      : plan_(plan),
        block_(plan.blocks.front()),
        biased_(plan.parameters.size() > 1),
        products_(math::product_kernels<T>(target)),
        elements_(math::element_kernels<T>(target)) {}

  void forward(const LayerStep<T>& step, const Tile& tile) const override {
    math::ProductArgs<T> args;
    args.a = step.inputs;
    args.b = weights(step);
    const math::PanelView<T> sums = step.buffers[0];
    args.c = sums.data == nullptr ? step.outputs : sums;
    if (biased_) args.bias = args.b.line(0, plan_.inputs);
    args.bias_stride = block_.panel_stride();
    const math::Activation& activation = *plan_.activation;
    args.relu = activation.in_product == math::InProduct::relu;
    args.rows = tile.rows;
    args.panels = tile.panels;
    products_.product(args);
    if (activation.in_product != math::InProduct::nothing) return;
    elements_.activation({&activation, args.c.as_const(), step.outputs, args.rows, args.panels});
  }

  void take_errors(const LayerStep<T>& step, math::PanelView<const T> factors, bool hands_down,
                   const Tile& tile) const override {
    math::ActivationBackwardArgs<T> back = activation_errors(plan_, step, factors, tile);
    if (hands_down) back.dz_transposed = step.transposed;
    elements_.activation_backward(back);
  }

  // Rows of the product are the units of the tile, its panels the rows of the batch.
  void hand_down(const LayerStep<T>& step, math::PanelView<T> to, const Tile& tile) const override {
    math::ProductArgs<T> args;
    args.a = weights(step);
    args.b = step.transposed.as_const();
    args.c = to;
    args.rows = {tile.panels.begin * math::kLanes,
                 std::min(tile.panels.end * math::kLanes, plan_.inputs)};
    args.panels = {tile.rows.begin / math::kLanes, math::panels_for(tile.rows.end)};
    products_.product(args);
  }

  void gradient(const LayerStep<T>& step, std::size_t /*block*/, math::Range rows,
                std::size_t leaf_rows, const WeightTile& tile,
                const math::WeightUpdate<T>& update) const override {
    math::GradientArgs<T> args = gradient_args(step, rows, leaf_rows, tile, update);
    args.bias = args.bias && biased_;
    products_.gradient(args);
  }

 private:
  [[nodiscard]] math::PanelView<const T> weights(const LayerStep<T>& step) const {
    return {step.region + block_.offset, plan_.inputs, plan_.outputs, block_.panel_stride()};
  }

  const LayerPlan& plan_;
  const BlockPlan& block_;
  const bool biased_;
  const math::ProductKernels<T>& products_;
  const math::ElementKernels<T>& elements_;
};

std::vector<std::string> activation_names() {
  std::vector<std::string> names;
  for (const math::Activation* const known : math::all_activations()) {
    names.emplace_back(known->name);
  }
  return names;
}

Error unknown_activation(const LayerPlan& layer) {
  const std::string& name = layer.settings.word("activation");
  const std::vector<std::string> names = activation_names();
  return {ErrorKind::config,
          fmt::format("model.layers: layer {}: there is no activation \"{}\"\n  {}",
                      place_of(layer), name,
                      nearest(name, names) ? did_you_mean(name, names)
                                           : fmt::format("known: {}", fmt::join(names, ", ")))};
}

const LayerKind& shared_dense();

class Dense : public LayerKind {
 public:
  std::string_view name() const override { return "dense"; }
  const std::vector<SettingSpec>& settings() const override {
    static const std::vector<SettingSpec> kSettings = {
        {"units",
         0,
         "outputs of the layer; default in the last layer: the classes or targets of the data",
         {.least = 1},
         {},
         false},
        {"activation",
         "linear",
         "function applied to each output; default \"linear\"",
         {},
         activation_names(),
         false},
    };
    return kSettings;
  }
  const LayerTraits& traits() const override {
    static constexpr LayerTraits kTraits = {.outputs = "units",
                                            .begins_stage = true,
                                            .cuts_by_units = true,
                                            .by_units = true,
                                            .shared = &shared_dense};
    return kTraits;
  }
  Status plan(LayerPlan& layer) const override {
    layer.outputs = static_cast<std::size_t>(layer.settings.whole("units"));
    layer.activation = math::find_activation(layer.settings.word("activation"));
    if (layer.activation == nullptr) return unknown_activation(layer);
    if (layer.activation->needs_sums) layer.buffers = {{"sums", layer.outputs}};
    add_block(layer, layer.outputs, layer.inputs + 1);
    layer.parameters = {
        {"weight", {layer.outputs, layer.inputs}, 0, 0, true, First::by_fan},
        {"bias", {layer.outputs}, 0, layer.inputs, false, First::zeros, Role::bias}};
    layer.cost = static_cast<double>(layer.inputs + 1) * static_cast<double>(layer.outputs);
    return {};
  }
  std::unique_ptr<Layer<float>> make_f32(const LayerPlan& plan,
                                         math::Target target) const override {
    return std::make_unique<DenseLayer<float>>(plan, target);
  }
  std::unique_ptr<Layer<double>> make_f64(const LayerPlan& plan,
                                          math::Target target) const override {
    return std::make_unique<DenseLayer<double>>(plan, target);
  }
};

// The weights alone. The line of biases stays zero.
class SharedDense final : public Dense {
 public:
  std::string_view name() const override { return "dense_shared"; }
  const LayerTraits& traits() const override {
    static constexpr LayerTraits kTraits = {.outputs = "units", .cuts_by_units = true};
    return kTraits;
  }
  Status plan(LayerPlan& layer) const override {
    FORKNET_TRY(Dense::plan(layer));
    layer.activation = &math::activations::linear();
    layer.buffers.clear();
    layer.parameters.pop_back();
    return {};
  }
};

const LayerKind& shared_dense() {
  static const SharedDense kKind;
  return kKind;
}

}  // namespace

std::shared_ptr<const LayerKind> dense_layer() { return std::make_shared<const Dense>(); }

}  // namespace forknet::nn
