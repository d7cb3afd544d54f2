#include "nn/layers/residual/residual.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "math/element_kernels.h"

namespace forknet::nn {
namespace {

using math::kLanes;

// each(line of to, panel, row) for all rows and panels of a tile; then padding of `to` becomes 0.
template <class T, class Each>
void for_lines(math::PanelView<T> to, const Tile& tile, Each each) {
  for (std::size_t panel = tile.panels.begin; panel < tile.panels.end; ++panel) {
    const std::size_t used = std::min(kLanes, to.columns - panel * kLanes);
    for (std::size_t row = tile.rows.begin; row < tile.rows.end; ++row) {
      T* const line = to.line(panel, row);
      each(line, panel, row);
      std::fill(line + used, line + kLanes, T{0});
    }
  }
}

// each(first, numbers) for the numbers of a transposed matrix in a tile: of each group of 16 rows
// the units side by side. `first`: the group and the unit of the first.
template <class Each>
void for_groups(const Tile& tile, std::size_t units, Each each) {
  const std::size_t begin = tile.panels.begin * kLanes;
  const std::size_t end = std::min(tile.panels.end * kLanes, units);
  for (std::size_t group = tile.rows.begin / kLanes; group < math::panels_for(tile.rows.end);
       ++group) {
    each(group, begin, (end - begin) * kLanes);
  }
}

// What both ends of a block share: neither has parameters, and of each the derivative by its inputs
// stands in `transposed`.
template <class T>
class EndLayer : public Layer<T> {
 public:
  EndLayer(const LayerPlan& plan, math::Target target)
      : units_(plan.outputs), elements_(math::element_kernels<T>(target)) {}

  void hand_down(const LayerStep<T>& step, math::PanelView<T> to, const Tile& tile) const override {
    for_groups(tile, units_, [&](std::size_t group, std::size_t unit, std::size_t numbers) {
      std::copy_n(step.transposed.line(group, unit), numbers, to.line(group, unit));
    });
  }
  void gradient(const LayerStep<T>&, std::size_t, math::Range, std::size_t, const WeightTile&,
                const math::WeightUpdate<T>&) const override {
    FORKNET_CHECK(false);  // no parameters
  }

 protected:
  // transposed = transposed * factors, if they have data
  void multiply_errors(const LayerStep<T>& step, math::PanelView<const T> factors,
                       const Tile& tile) const {
    if (factors.data == nullptr) return;
    math::ActivationBackwardArgs<T> back;
    back.dx = step.transposed.as_const();
    back.y = step.outputs.as_const();
    back.factors = factors;
    back.dz = step.errors;
    back.dz_transposed = step.transposed;
    back.rows = tile.rows;
    back.panels = tile.panels;
    elements_.activation_backward(back);
  }
  const std::size_t units_;

 private:
  const math::ElementKernels<T>& elements_;
};

// The first: inputs -> outputs; its partner is the last.
template <class T>
class BranchLayer final : public EndLayer<T> {
 public:
  using EndLayer<T>::EndLayer;
  void forward(const LayerStep<T>& step, const Tile& tile) const override {
    for_lines(step.outputs, tile, [&](T* line, std::size_t panel, std::size_t row) {
      std::copy_n(step.inputs.line(panel, row), kLanes, line);
    });
  }
  void take_errors(const LayerStep<T>& step, math::PanelView<const T> factors, bool hands_down,
                   const Tile& tile) const override {
    if (!hands_down) return;
    this->multiply_errors(step, factors, tile);
    for_groups(tile, this->units_, [&](std::size_t group, std::size_t unit, std::size_t numbers) {
      T* const errors = step.transposed.line(group, unit);
      const T* const beside = step.joined.line(group, unit);
      for (std::size_t i = 0; i < numbers; ++i) errors[i] = errors[i] + beside[i];
    });
  }
};

// The last: inputs + outputs of the first -> outputs.
template <class T>
class SumLayer final : public EndLayer<T> {
 public:
  using EndLayer<T>::EndLayer;
  void forward(const LayerStep<T>& step, const Tile& tile) const override {
    for_lines(step.outputs, tile, [&](T* line, std::size_t panel, std::size_t row) {
      const T* const made = step.inputs.line(panel, row);
      const T* const beside = step.joined.line(panel, row);
      for (std::size_t lane = 0; lane < kLanes; ++lane) line[lane] = beside[lane] + made[lane];
    });
  }
  void take_errors(const LayerStep<T>& step, math::PanelView<const T> factors, bool /*hands_down*/,
                   const Tile& tile) const override {
    this->multiply_errors(step, factors, tile);
  }
};

template <template <class> class Made>
class End : public LayerKind {
 public:
  const std::vector<SettingSpec>& settings() const override {
    static const std::vector<SettingSpec> kNone;
    return kNone;
  }
  std::unique_ptr<Layer<float>> make_f32(const LayerPlan& plan,
                                         math::Target target) const override {
    return std::make_unique<Made<float>>(plan, target);
  }
  std::unique_ptr<Layer<double>> make_f64(const LayerPlan& plan,
                                          math::Target target) const override {
    return std::make_unique<Made<double>>(plan, target);
  }
};

class Sum final : public End<SumLayer> {
 public:
  std::string_view name() const override { return "residual_sum"; }
  const LayerTraits& traits() const override {
    static constexpr LayerTraits kTraits = {};
    return kTraits;
  }
  // The planner gives it the outputs of the first.
  Status plan(LayerPlan& layer) const override {
    if (layer.inputs == layer.outputs) return {};
    return does_not_fit(
        layer, fmt::format("adds the outputs of its layers to its inputs: {} numbers to {}",
                           layer.inputs, layer.outputs));
  }
};

class Branch final : public End<BranchLayer> {
 public:
  std::string_view name() const override { return "residual"; }
  const LayerTraits& traits() const override {
    static const Sum kSum;
    static const LayerTraits kTraits = {.begins_stage = true, .closing = &kSum};
    return kTraits;
  }
  Status plan(LayerPlan& layer) const override {
    layer.outputs = layer.inputs;
    return {};
  }
};

}  // namespace

std::shared_ptr<const LayerKind> residual_layer() { return std::make_shared<const Branch>(); }

}  // namespace forknet::nn
