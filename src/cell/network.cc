#include "cell/network.h"

#include <algorithm>

#include "base/check.h"
#include "math/leaf_tree.h"

namespace forknet::cell {
namespace {

// The dense layer below `layer`, or layers.size() when there is none.
std::size_t dense_below(const nn::ModelPlan& plan, std::size_t layer) {
  for (std::size_t below = layer; below-- > 0;) {
    if (plan.layers[below].is_dense()) return below;
  }
  return plan.layers.size();
}

}  // namespace

template <class T>
Network<T>::Network(const nn::ModelPlan& plan, Workspace<T>& workspace, math::Target target)
    : plan_(plan),
      workspace_(workspace),
      products_(math::product_kernels<T>(target)),
      elements_(math::element_kernels<T>(target)) {}

template <class T>
math::PanelView<const T> Network<T>::input_of(std::size_t layer,
                                              math::PanelView<const T> inputs) const {
  return layer == 0 ? inputs : workspace_.outputs(layer - 1, rows_).as_const();
}

template <class T>
void Network<T>::forward_dense(std::size_t layer, std::span<const T> parameters,
                               math::PanelView<const T> inputs) {
  const nn::LayerPlan& plan = plan_.layers[layer];
  math::ProductArgs<T> args;
  args.a = inputs;
  args.b = {parameters.data() + plan.offset, plan.inputs, plan.outputs, plan.panel_stride()};
  args.c = workspace_.outputs(layer, rows_);
  args.bias = args.b.line(0, plan.inputs);
  args.bias_stride = plan.panel_stride();
  args.relu = plan.activation == Activation::relu;
  args.rows = {0, rows_};
  args.panels = {0, args.c.panels()};
  products_.product(args);
  if (plan.activation == Activation::linear || args.relu) return;
  elements_.activation({plan.activation, args.c, args.rows, args.panels});
}

template <class T>
void Network<T>::forward_dropout(std::size_t layer, math::PanelView<const T> inputs,
                                 const Step& step, const std::uint32_t* samples) {
  const math::PanelView<T> out = workspace_.outputs(layer, rows_);
  const math::PanelView<T> factors = workspace_.factors(layer, rows_);
  const math::Range rows = {0, rows_};
  const math::Range panels = {0, out.panels()};
  math::DropoutArgs<T> args;
  args.rate = plan_.layers[layer].rate;
  args.seed = step.seed;
  args.step = static_cast<std::uint32_t>(step.number);
  args.layer = static_cast<std::uint32_t>(layer);
  args.samples = samples;
  args.factors = factors;
  args.rows = rows;
  args.panels = panels;
  elements_.dropout(args);
  elements_.multiply({inputs, factors.as_const(), out, rows, panels});
  // Dropout upon dropout: errors come back through both at once, so this one keeps the product.
  if (layer > 0 && !plan_.layers[layer - 1].is_dense()) {
    const auto before = workspace_.factors(layer - 1, rows_).as_const();
    elements_.multiply({factors.as_const(), before, factors, rows, panels});
  }
}

template <class T>
void Network<T>::forward(std::span<const T> parameters, math::PanelView<const T> inputs,
                         const Step* step, const std::uint32_t* samples) {
  rows_ = inputs.rows;
  for (std::size_t layer = 0; layer < plan_.layers.size(); ++layer) {
    const math::PanelView<const T> input = input_of(layer, inputs);
    if (plan_.layers[layer].is_dense()) {
      forward_dense(layer, parameters, input);
    } else {
      FORKNET_CHECK(step != nullptr);
      forward_dropout(layer, input, *step, samples);
    }
  }
}

template <class T>
void Network<T>::take_loss(const BatchView<T>& batch, bool with_errors) {
  const std::size_t last = plan_.layers.size() - 1;
  math::PanelView<T> errors;
  math::PanelView<T> turned;
  if (with_errors) {
    errors = workspace_.errors(last, rows_);
    turned = workspace_.turned(plan_.outputs, rows_);
  }
  if (plan_.classifies()) {
    math::SoftmaxArgs<T> args;
    args.logits = workspace_.outputs(last, rows_).as_const();
    args.labels = batch.labels;
    args.dz = errors;
    args.dz_transposed = turned;
    args.losses = workspace_.losses().data();
    args.correct = workspace_.correct().data();
    args.rows = {0, rows_};
    elements_.softmax_cross_entropy(args);
    return;
  }
  math::MseArgs<T> args;
  args.activation = plan_.layers[last].activation;
  args.y = workspace_.outputs(last, rows_).as_const();
  args.targets = batch.targets;
  args.dz = errors;
  args.dz_transposed = turned;
  args.losses = workspace_.losses().data();
  args.rows = {0, rows_};
  elements_.mse(args);
}

// The errors of the dense layer `below`, from those of `layer` and its weights.
template <class T>
void Network<T>::errors_below(std::size_t layer, std::size_t below, std::span<const T> parameters) {
  const nn::LayerPlan& plan = plan_.layers[layer];
  math::ProductArgs<T> args;
  args.a = {parameters.data() + plan.offset, plan.inputs, plan.outputs, plan.panel_stride()};
  args.b = workspace_.turned(plan.outputs, rows_).as_const();
  args.c = workspace_.input_errors(plan.inputs, rows_);
  args.rows = {0, plan.inputs};
  args.panels = {0, args.c.panels()};
  products_.product(args);

  math::ActivationBackwardArgs<T> back;
  back.activation = plan_.layers[below].activation;
  back.dx = args.c.as_const();
  back.y = workspace_.outputs(below, rows_).as_const();
  if (below + 1 < layer) back.factors = workspace_.factors(layer - 1, rows_).as_const();
  back.dz = workspace_.errors(below, rows_);
  if (dense_below(plan_, below) < plan_.layers.size()) {
    back.dz_transposed = workspace_.turned(plan.inputs, rows_);
  }
  back.panels = {0, back.dz.panels()};
  elements_.activation_backward(back);
}

template <class T>
void Network<T>::update_dense(std::size_t layer, store::Weights<T>& weights,
                              math::PanelView<const T> inputs, const Step& step) {
  const nn::LayerPlan& plan = plan_.layers[layer];
  math::GradientArgs<T> args;
  args.x = inputs;
  args.dy = workspace_.errors(layer, rows_).as_const();
  args.leaf_rows = step.leaf_rows;
  args.in_panels = {0, inputs.panels()};
  args.out_panels = {0, args.dy.panels()};
  args.update.weights = weights.parameters().data() + plan.offset;
  args.update.next = weights.parameters().data() + plan.offset;
  if (weights.moments() > 0) args.update.first_moment = weights.moment(0).data() + plan.offset;
  if (weights.moments() > 1) args.update.second_moment = weights.moment(1).data() + plan.offset;
  args.update.panel_stride = plan.panel_stride();
  args.update.rule = step.rule;
  products_.gradient(args);
}

template <class T>
void Network<T>::backward(store::Weights<T>& weights, const BatchView<T>& batch, const Step& step) {
  std::size_t layer = plan_.layers.size() - 1;
  while (layer < plan_.layers.size()) {
    const std::size_t below = dense_below(plan_, layer);
    // The errors go through the weights before the update changes them.
    if (below < plan_.layers.size()) errors_below(layer, below, weights.parameters());
    update_dense(layer, weights, input_of(layer, batch.inputs), step);
    layer = below;
  }
}

// Sums of the row losses: within a leaf 16 lanes and their tree, leaves in the balanced tree.
template <class T>
BatchSums Network<T>::sum_rows(std::size_t rows, std::size_t leaf_rows) {
  T stack[math::kTreeDepth];
  math::add_over_leaves((rows + leaf_rows - 1) / leaf_rows,
                        [&](std::size_t leaf, std::size_t slot) {
                          const std::size_t begin = leaf * leaf_rows;
                          const std::size_t count = std::min(leaf_rows, rows - begin);
                          stack[slot] = elements_.sum(workspace_.losses().subspan(begin, count));
                        },
                        [&](std::size_t slot) { stack[slot] = stack[slot] + stack[slot + 1]; });
  BatchSums sums;
  sums.loss = static_cast<double>(stack[0]);
  sums.rows = rows;
  if (plan_.classifies()) {
    for (std::size_t row = 0; row < rows; ++row) sums.correct += workspace_.correct()[row];
  }
  return sums;
}

template <class T>
math::PanelView<const T> Network<T>::infer(std::span<const T> parameters,
                                           math::PanelView<const T> inputs) {
  rows_ = inputs.rows;
  math::PanelView<const T> input = inputs;
  for (std::size_t layer = 0; layer < plan_.layers.size(); ++layer) {
    if (!plan_.layers[layer].is_dense()) continue;
    forward_dense(layer, parameters, input);
    input = workspace_.outputs(layer, rows_).as_const();
  }
  return input;
}

template <class T>
math::PanelView<const T> Network<T>::predict(std::span<const T> parameters,
                                             math::PanelView<const T> inputs) {
  (void)infer(parameters, inputs);
  if (!plan_.classifies()) return outputs();
  math::SoftmaxArgs<T> args;
  args.logits = outputs();
  args.probabilities = workspace_.outputs(plan_.layers.size() - 1, rows_);
  args.rows = {0, rows_};
  elements_.softmax_cross_entropy(args);
  return outputs();
}

template <class T>
math::PanelView<const T> Network<T>::outputs() const {
  return workspace_.outputs(plan_.layers.size() - 1, rows_).as_const();
}

template <class T>
BatchSums Network<T>::evaluate(std::span<const T> parameters, const BatchView<T>& batch) {
  (void)infer(parameters, batch.inputs);
  take_loss(batch, false);
  return sum_rows(rows_, rows_);
}

template <class T>
BatchSums Network<T>::train(store::Weights<T>& weights, const BatchView<T>& batch,
                            const Step& step) {
  forward(weights.parameters(), batch.inputs, &step, batch.samples);
  take_loss(batch, true);
  const BatchSums sums = sum_rows(rows_, step.leaf_rows);
  backward(weights, batch, step);
  return sums;
}

template class Network<float>;
template class Network<double>;

}  // namespace forknet::cell
