// A dense layer of which each member has its own: the last of a model.

#include <algorithm>

#include "base/checked.h"
#include "nn/activation_errors.h"
#include "nn/members/line_sums.h"
#include "nn/members/member_kernels.h"
#include "nn/members/members.h"

namespace forknet::nn {
namespace {

// Blocks: weights, lines of inputs for each member and unit; biases, a line for each member.
enum Block : std::size_t { kWeights, kBiases };

template <class T>
class MemberDenseLayer final : public Layer<T> {
 public:
  MemberDenseLayer(const LayerPlan& plan, math::Target target)
      : plan_(plan),
        kernels_(member_kernels<T>(target)),
        products_(math::product_kernels<T>(target)),
        elements_(math::element_kernels<T>(target)) {}

  void forward(const LayerStep<T>& step, const Tile& tile) const override {
    const math::PanelView<T> sums = step.buffers[0];
    MemberArgs<T> args = args_of(step, tile.rows);
    args.x = step.inputs;
    args.y = sums.data == nullptr ? step.outputs : sums;
    kernels_.dense(args);
    if (plan_.activation->is_identity()) return;
    elements_.activation(
        {plan_.activation, args.y.as_const(), step.outputs, tile.rows, tile.panels});
  }

  void take_errors(const LayerStep<T>& step, math::PanelView<const T> factors, bool /*hands_down*/,
                   const Tile& tile) const override {
    elements_.activation_backward(activation_errors(plan_, step, factors, tile));
  }

  void hand_down(const LayerStep<T>& step, math::PanelView<T> to, const Tile& tile) const override {
    MemberArgs<T> args = args_of(step, tile.rows);
    args.to = to;
    args.panels = tile.panels;
    kernels_.dense_back(args);
  }

  void gradient(const LayerStep<T>& step, std::size_t block, math::Range rows,
                std::size_t leaf_rows, const WeightTile& tile,
                const math::WeightUpdate<T>& update) const override {
    MemberArgs<T> args = args_of(step, rows);
    args.x = step.inputs;
    // A bias is what is added after factors that there are none of.
    const std::size_t biases = block == kBiases ? plan_.members : 0;
    sum_member_lines(plan_.blocks[block], tile, {rows, leaf_rows}, products_, update,
                     [&](math::Range leaf, std::size_t panel, math::Range lines, T* sums) {
                       args.rows = leaf;
                       const math::Range own = {biases + lines.begin, biases + lines.end};
                       (biases > 0 ? kernels_.scale_sums : kernels_.dense_sums)(args, panel, own,
                                                                                sums);
                     });
  }

 private:
  [[nodiscard]] MemberArgs<T> args_of(const LayerStep<T>& step, math::Range rows) const {
    MemberArgs<T> args;
    args.members = plan_.members;
    args.errors = step.errors.as_const();
    args.lines = step.region + plan_.blocks[kWeights].offset;
    args.stride = plan_.blocks[kWeights].panel_stride();
    args.biases = step.region + plan_.blocks[kBiases].offset;
    args.bias_stride = plan_.blocks[kBiases].panel_stride();
    args.rows = rows;
    return args;
  }

  const LayerPlan& plan_;
  const MemberKernels<T> kernels_;
  const math::ProductKernels<T>& products_;
  const math::ElementKernels<T>& elements_;
};

// Takes outputs and activation as the plan has them.
class MemberDense final : public LayerKind {
 public:
  std::string_view name() const override { return "member_dense"; }
  const std::vector<SettingSpec>& settings() const override {
    static const std::vector<SettingSpec> kNone;
    return kNone;
  }
  const LayerTraits& traits() const override {
    static constexpr LayerTraits kTraits = {.outputs = "units", .begins_stage = true};
    return kTraits;
  }
  Status plan(LayerPlan& layer) const override {
    const std::size_t members = layer.members;
    if (layer.activation->needs_sums) layer.buffers = {{"sums", layer.outputs}};
    const auto lines = checked_multiply(members, layer.outputs);
    layer.too_large = layer.too_large || !lines;
    add_block(layer, layer.inputs, lines.value_or(1));
    if (layer.too_large) return {};
    add_block(layer, layer.outputs, members);
    layer.parameters = {
        {"weight", {members, layer.outputs, layer.inputs}, kWeights, 0, false, First::by_fan},
        {"bias", {members, layer.outputs}, kBiases, 0, false, First::zeros, Role::bias}};
    layer.cost = static_cast<double>(layer.inputs + 1) * static_cast<double>(layer.outputs);
    return {};
  }
  std::unique_ptr<Layer<float>> make_f32(const LayerPlan& plan,
                                         math::Target target) const override {
    return std::make_unique<MemberDenseLayer<float>>(plan, target);
  }
  std::unique_ptr<Layer<double>> make_f64(const LayerPlan& plan,
                                          math::Target target) const override {
    return std::make_unique<MemberDenseLayer<double>>(plan, target);
  }
};

}  // namespace

const LayerKind& member_dense() {
  static const MemberDense kKind;
  return kKind;
}

}  // namespace forknet::nn
