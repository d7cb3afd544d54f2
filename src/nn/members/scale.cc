// The numbers of each member before and after what all share: member_inputs and member_outputs.
#include "nn/activation_errors.h"
#include "nn/members/line_sums.h"
#include "nn/members/member_kernels.h"
#include "nn/members/members.h"

namespace forknet::nn {
namespace {

// outputs = activation(inputs * factors + added); without lines to add, inputs * factors.
template <class T>
class ScaleLayer final : public Layer<T> {
 public:
  ScaleLayer(const LayerPlan& plan, math::Target target)
      : plan_(plan),
        kernels_(member_kernels<T>(target)),
        products_(math::product_kernels<T>(target)),
        elements_(math::element_kernels<T>(target)) {}

  void forward(const LayerStep<T>& step, const Tile& tile) const override {
    const math::Activation& activation = *plan_.activation;
    const math::PanelView<T> sums = step.buffers[0];
    MemberArgs<T> args = args_of(step, tile.rows);
    args.x = step.inputs;
    args.y = sums.data == nullptr ? step.outputs : sums;
    args.relu = activation.in_product == math::InProduct::relu;
    kernels_.scale(args);
    if (activation.in_product != math::InProduct::nothing) return;
    elements_.activation({&activation, args.y.as_const(), step.outputs, tile.rows, tile.panels});
  }

  void take_errors(const LayerStep<T>& step, math::PanelView<const T> factors, bool /*hands_down*/,
                   const Tile& tile) const override {
    elements_.activation_backward(activation_errors(plan_, step, factors, tile));
  }

  void hand_down(const LayerStep<T>& step, math::PanelView<T> to, const Tile& tile) const override {
    MemberArgs<T> args = args_of(step, tile.rows);
    args.to = to;
    args.panels = tile.panels;
    kernels_.scale_back(args);
  }

  void gradient(const LayerStep<T>& step, std::size_t block, math::Range rows,
                std::size_t leaf_rows, const WeightTile& tile,
                const math::WeightUpdate<T>& update) const override {
    MemberArgs<T> args = args_of(step, rows);
    args.x = step.inputs;
    sum_member_lines(plan_.blocks[block], tile, {rows, leaf_rows}, products_, update,
                     [&](math::Range leaf, std::size_t panel, math::Range lines, T* sums) {
                       args.rows = leaf;
                       kernels_.scale_sums(args, panel, lines, sums);
                     });
  }

 private:
  [[nodiscard]] MemberArgs<T> args_of(const LayerStep<T>& step, math::Range rows) const {
    MemberArgs<T> args;
    args.members = plan_.members;
    args.errors = step.errors.as_const();
    args.lines = step.region + plan_.blocks.front().offset;
    args.stride = plan_.panel_stride();
    args.adds = plan_.parameters.size() > 1;
    args.rows = rows;
    return args;
  }

  const LayerPlan& plan_;
  const MemberKernels<T> kernels_;
  const math::ProductKernels<T>& products_;
  const math::ElementKernels<T>& elements_;
};

// Takes outputs and activation as the plan has them.
class ScaleKind : public LayerKind {
 public:
  const std::vector<SettingSpec>& settings() const override {
    static const std::vector<SettingSpec> kNone;
    return kNone;
  }
  std::unique_ptr<Layer<float>> make_f32(const LayerPlan& plan,
                                         math::Target target) const override {
    return std::make_unique<ScaleLayer<float>>(plan, target);
  }
  std::unique_ptr<Layer<double>> make_f64(const LayerPlan& plan,
                                          math::Target target) const override {
    return std::make_unique<ScaleLayer<double>>(plan, target);
  }

 protected:
  static void add_lines(LayerPlan& layer, std::size_t lines) {
    layer.outputs = layer.inputs;
    add_block(layer, layer.inputs, lines);
    layer.cost = 4 * static_cast<double>(layer.inputs);
  }
};

class MemberInputs final : public ScaleKind {
 public:
  std::string_view name() const override { return "member_inputs"; }
  const LayerTraits& traits() const override {
    static constexpr LayerTraits kTraits = {.begins_stage = true};
    return kTraits;
  }
  Status plan(LayerPlan& layer) const override {
    add_lines(layer, layer.members);
    layer.activation = &math::activations::linear();
    layer.parameters = {
        {"input_scale", {layer.members, layer.inputs}, 0, 0, false, First::ones, Role::norm}};
    return {};
  }
};

class MemberOutputs final : public ScaleKind {
 public:
  std::string_view name() const override { return "member_outputs"; }
  const LayerTraits& traits() const override {
    static constexpr LayerTraits kTraits = {};
    return kTraits;
  }
  Status plan(LayerPlan& layer) const override {
    add_lines(layer, 2 * layer.members);
    if (layer.activation->needs_sums) layer.buffers = {{"sums", layer.outputs}};
    layer.parameters = {
        {"output_scale", {layer.members, layer.inputs}, 0, 0, false, First::ones, Role::norm},
        {"bias", {layer.members, layer.inputs}, 0, layer.members, false, First::zeros, Role::bias}};
    return {};
  }
};

}  // namespace

const LayerKind& member_inputs() {
  static const MemberInputs kKind;
  return kKind;
}

const LayerKind& member_outputs() {
  static const MemberOutputs kKind;
  return kKind;
}

}  // namespace forknet::nn
