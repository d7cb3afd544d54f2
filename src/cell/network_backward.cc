// The way back through a network: errors, weight gradients and the update.
#include <algorithm>

#include "cell/network.h"

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

// The errors of the dense layer `below`, from those of `layer` and its weights: the product's rows
// are the units of the tile, its panels the rows of the batch.
template <class T>
void Network<T>::errors_below(std::size_t layer, std::size_t below, std::span<const T> parameters,
                              const Tile& tile) {
  const nn::LayerPlan& plan = plan_.layers[layer];
  const math::PanelView<T> turned = workspace_.turned(below, rows_);
  math::ProductArgs<T> args;
  args.a = {parameters.data() + plan.offset, plan.inputs, plan.outputs, plan.panel_stride()};
  args.b = workspace_.turned(layer, rows_).as_const();
  args.c = turned;
  args.rows = {tile.panels.begin * math::kLanes,
               std::min(tile.panels.end * math::kLanes, plan.inputs)};
  args.panels = {tile.rows.begin / math::kLanes, math::panels_for(tile.rows.end)};
  products_.product(args);

  math::ActivationBackwardArgs<T> back;
  back.activation = plan_.layers[below].activation;
  back.dx = turned.as_const();
  back.y = workspace_.outputs(below, rows_).as_const();
  if (below + 1 < layer) back.factors = workspace_.factors(layer - 1, rows_).as_const();
  back.dz = workspace_.errors(below, rows_);
  if (dense_below(plan_, below) < plan_.layers.size()) back.dz_transposed = turned;
  back.rows = tile.rows;
  back.panels = tile.panels;
  elements_.activation_backward(back);
}

template <class T>
void Network<T>::backward_part(const Member& member, const Work& work) {
  Cut from = Cut::rows;  // as the loss was cut
  std::size_t layer = plan_.layers.size() - 1;
  for (std::size_t below = dense_below(plan_, layer); below < plan_.layers.size();
       below = dense_below(plan_, layer)) {
    meet(member, from, cuts_[below]);
    errors_below(layer, below, std::as_const(work.weights).parameters(), tile(member, below));
    from = cuts_[below];
    layer = below;
  }
}

template <class T>
void Network<T>::update_dense(std::size_t layer, const Work& work, const WeightTile& tile) {
  const nn::LayerPlan& plan = plan_.layers[layer];
  store::Weights<T>& weights = work.weights;
  math::GradientArgs<T> args;
  args.x = input_of(layer, work.batch.inputs);
  args.dy = workspace_.errors(layer, rows_).as_const();
  args.leaf_rows = work.step.leaf_rows;
  args.in_panels = tile.in_panels;
  args.out_panels = tile.out_panels;
  args.bias = tile.bias;
  args.update.weights = weights.parameters().data() + plan.offset;
  args.update.next = weights.parameters().data() + plan.offset;
  if (weights.moments() > 0) args.update.first_moment = weights.moment(0).data() + plan.offset;
  if (weights.moments() > 1) args.update.second_moment = weights.moment(1).data() + plan.offset;
  args.update.panel_stride = plan.panel_stride();
  args.update.rule = work.step.rule;
  products_.gradient(args);
}

// From the last layer to the first: the errors of the first were the last to be computed.
template <class T>
void Network<T>::update_part(const Member& member, const Work& work) {
  for (std::size_t layer = plan_.layers.size(); layer-- > 0;) {
    const nn::LayerPlan& plan = plan_.layers[layer];
    if (!plan.is_dense()) continue;
    update_dense(layer, work,
                 weight_tile_of(member, cuts_[layer], math::panels_for(plan.inputs),
                                math::panels_for(plan.outputs)));
  }
}

template class Network<float>;
template class Network<double>;

}  // namespace forknet::cell
