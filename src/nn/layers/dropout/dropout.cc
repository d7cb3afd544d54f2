#include "nn/layers/dropout/dropout.h"

#include <fmt/format.h>

#include "base/check.h"
#include "math/element_kernels.h"

namespace forknet::nn {
namespace {

template <class T>
class DropoutLayer final : public Layer<T> {
 public:
  DropoutLayer(const LayerPlan& plan, math::Target target)
      : number_(static_cast<std::uint32_t>(plan.number)),
        rate_(plan.settings.number("rate")),
        elements_(math::element_kernels<T>(target)) {}

  void forward(const LayerStep<T>& step, const Tile& tile) const override {
    const math::PanelView<T> factors = step.buffers[0];
    math::DropoutArgs<T> args;
    args.rate = rate_;
    args.seed = step.seed;
    args.step = step.step;
    args.layer = number_;
    args.samples = step.samples;
    args.factors = factors;
    args.rows = tile.rows;
    args.panels = tile.panels;
    elements_.dropout(args);
    elements_.multiply({step.inputs, factors.as_const(), step.outputs, tile.rows, tile.panels});
    // After another dropout errors return through both at once, so this layer keeps the product.
    if (step.factors_below.data == nullptr) return;
    elements_.multiply({factors.as_const(), step.factors_below, factors, tile.rows, tile.panels});
  }

  // The executor gives the factors to the layer below (LayerTraits::multiplies) and calls none of
  // these.
  void take_errors(const LayerStep<T>&, math::PanelView<const T>, bool,
                   const Tile&) const override {
    FORKNET_CHECK(false);
  }
  void hand_down(const LayerStep<T>&, math::PanelView<T>, const Tile&) const override {
    FORKNET_CHECK(false);
  }
  void gradient(const LayerStep<T>&, std::size_t, math::Range, std::size_t, const WeightTile&,
                const math::WeightUpdate<T>&) const override {
    FORKNET_CHECK(false);
  }

 private:
  const std::uint32_t number_;
  const double rate_;
  const math::ElementKernels<T>& elements_;
};

class Dropout final : public LayerKind {
 public:
  std::string_view name() const override { return "dropout"; }
  const std::vector<SettingSpec>& settings() const override {
    static const std::vector<SettingSpec> kSettings = {{"rate",
                                                        0.0,
                                                        "share of units set to zero while training",
                                                        {.least = 0.0, .below = 1.0},
                                                        {},
                                                        true}};
    return kSettings;
  }
  const LayerTraits& traits() const override {
    static constexpr LayerTraits kTraits = {.multiplies = true};
    return kTraits;
  }
  Status plan(LayerPlan& layer) const override {
    constexpr std::size_t kKeyed = 256;  // layers that its random numbers tell apart
    if (layer.number >= kKeyed) {
      return does_not_fit(
          layer,
          fmt::format("(dropout): it is layer {}, the ends of residual blocks{} "
                      "counted; dropout is possible in the first {}",
                      layer.number + 1,
                      layer.members > 1 ? " and the three parts of dense layers" : "", kKeyed));
    }
    layer.outputs = layer.inputs;
    layer.buffers = {{"factors", layer.outputs}};
    return {};
  }
  std::unique_ptr<Layer<float>> make_f32(const LayerPlan& plan,
                                         math::Target target) const override {
    return std::make_unique<DropoutLayer<float>>(plan, target);
  }
  std::unique_ptr<Layer<double>> make_f64(const LayerPlan& plan,
                                          math::Target target) const override {
    return std::make_unique<DropoutLayer<double>>(plan, target);
  }
};

}  // namespace

std::shared_ptr<const LayerKind> dropout_layer() { return std::make_shared<const Dropout>(); }

}  // namespace forknet::nn
