// The way back through a network: errors, weight gradients and the update.
#include <algorithm>

#include "cell/network.h"
#include "math/leaf_tree.h"
#include "os/failpoint.h"

namespace forknet::cell {

// The errors of `layer`, back through its weights, to the outputs of what stands below it: the
// product's rows are the units of the tile, its panels the rows of the batch.
template <class T>
void Network<T>::product_below(const Member& member, std::size_t layer, std::size_t below,
                               std::span<const T> parameters, const Tile& tile) {
  const nn::LayerPlan& plan = plan_.layers[layer];
  if (Neurons<T>* own = neurons(member)) {
    return own->product_below(layer, below, parameters, workspace_.turned(layer, rows_).as_const(),
                              workspace_.turned(below, rows_), tile.rows);
  }
  math::ProductArgs<T> args;
  args.a = {parameters.data() + plan.offset, plan.inputs, plan.outputs, plan.panel_stride()};
  args.b = workspace_.turned(layer, rows_).as_const();
  args.c = workspace_.turned(below, rows_);
  args.rows = {tile.panels.begin * math::kLanes,
               std::min(tile.panels.end * math::kLanes, plan.inputs)};
  args.panels = {tile.rows.begin / math::kLanes, math::panels_for(tile.rows.end)};
  products_.product(args);
}

// From there through dropout and activation to the errors of the dense layer `below`, `layer` being
// the dense layer above it.
template <class T>
void Network<T>::activation_below(const Member& member, std::size_t layer, std::size_t below,
                                  const Tile& tile) {
  const math::PanelView<T> turned = workspace_.turned(below, rows_);
  math::ActivationBackwardArgs<T> back;
  back.activation = plan_.layers[below].activation;
  back.dx = turned.as_const();
  back.y = workspace_.outputs(below, rows_).as_const();
  if (below + 1 < layer) back.factors = workspace_.factors(layer - 1, rows_).as_const();
  back.dz = workspace_.errors(below, rows_);
  if (nn::dense_below(plan_, below) < plan_.layers.size()) back.dz_transposed = turned;
  back.rows = tile.rows;
  back.panels = tile.panels;
  if (Neurons<T>* own = neurons(member)) return own->activation_below(below, back);
  elements_.activation_backward(back);
}

template <class T>
void Network<T>::backward_part(const Member& member, const Work& work, std::size_t number,
                               math::Range rows) {
  FORKNET_FAILPOINT("backward/before");
  const auto [begin, end] = slice(member);
  const auto parameters = std::as_const(work.weights).parameters();
  std::size_t layer = plan_.layers.size() - 1;
  Cut from = Cut::rows;  // as the loss was cut
  if (end < plan_.layers.size()) {
    receive(member, crew_->links(member).from_above.get(), TraceSpan::Kind::await_errors);
  }
  TraceScope working(ring(member), TraceSpan::Kind::backward);
  if (end < plan_.layers.size()) {
    layer = nn::dense_below(plan_, end);
    activation_below(member, end, layer, tile(member, layer, rows));
    from = cuts_[layer];
  }
  for (std::size_t below = nn::dense_below(plan_, layer); below < plan_.layers.size();
       below = nn::dense_below(plan_, layer)) {
    meet(member, from, cuts_[below]);
    const Tile part = tile(member, below, rows);
    product_below(member, layer, below, parameters, part);
    if (below < begin) FORKNET_FAILPOINT("backward/after");
    if (below < begin) {
      working.end();
      return send_down(member, work, number, rows);
    }
    activation_below(member, layer, below, part);
    from = cuts_[below];
    layer = below;
  }
  FORKNET_FAILPOINT("backward/after");
}

template <class T>
WeightTile Network<T>::weights_of(const Member& member, std::size_t layer) const {
  const nn::LayerPlan& plan = plan_.layers[layer];
  // A weight has one neuron; of several replicas' the first one's changes it.
  if (!neurons_.empty()) {
    if (member.replica() > 0) return {};
    return {{0, math::panels_for(plan.inputs)}, {0, math::panels_for(plan.outputs)}, true};
  }
  const LayerLines& lines = lines_[layer];
  if (lines.all > 0) {
    const std::size_t members = member.shape.stage_members();
    return {{0, math::panels_for(plan.inputs)}, piece_of(lines, member.in_stage(), members), true};
  }
  return weight_tile_of(member, cuts_[layer], math::panels_for(plan.inputs),
                        math::panels_for(plan.outputs));
}

template <class T>
void Network<T>::gradient_dense(const Member& member, std::size_t layer,
                                math::PanelView<const T> inputs, math::Range rows,
                                std::size_t leaf_rows, const WeightTile& tile,
                                const math::WeightUpdate<T>& update) {
  if (tile.out_panels.size() == 0) return;
  math::GradientArgs<T> args;
  args.x = input_of(layer, inputs);
  args.dy = workspace_.errors(layer, rows_).as_const();
  for (auto* view : {&args.x, &args.dy}) {
    view->data += rows.begin * math::kLanes;
    view->rows = rows.size();
  }
  args.leaf_rows = leaf_rows;
  args.in_panels = tile.in_panels;
  args.out_panels = tile.out_panels;
  args.bias = tile.bias;
  args.update = update;
  Neurons<T>* const own = neurons(member);
  if (own == nullptr) return products_.gradient(args);
  own->gradient(layer, args);
}

namespace {

// The weights of a dense layer and their moments, from the current version to the next.
template <class T>
math::WeightUpdate<T> update_of(const nn::LayerPlan& plan, store::Weights<T>& weights,
                                const math::UpdateRule<T>& rule) {
  const store::Weights<T>& now = weights;
  math::WeightUpdate<T> update;
  update.weights = now.parameters().data() + plan.offset;
  update.next = weights.next_parameters().data() + plan.offset;
  if (weights.moments() > 0) {
    update.first_moment = now.moment(0).data() + plan.offset;
    update.next_first = weights.next_moment(0).data() + plan.offset;
  }
  if (weights.moments() > 1) {
    update.second_moment = now.moment(1).data() + plan.offset;
    update.next_second = weights.next_moment(1).data() + plan.offset;
  }
  update.panel_stride = plan.panel_stride();
  update.streams = weights.outgrows_caches();
  update.rule = rule;
  return update;
}

}  // namespace

// Unscaled sums of all layers of its slice over those rows, where the weights lie in a region.
template <class T>
void Network<T>::store_gradients(const Member& member, math::PanelView<const T> inputs,
                                 math::Range rows, std::size_t leaf_rows, std::span<T> sums) {
  const TraceScope working(ring(member), TraceSpan::Kind::gradients);
  const auto [begin, end] = slice(member);
  for (std::size_t layer = end; layer-- > begin;) {
    const nn::LayerPlan& plan = plan_.layers[layer];
    if (!plan.is_dense()) continue;
    math::WeightUpdate<T> store;  // UpdateKind::store, scale 1
    store.next = sums.data() + plan.offset;
    store.panel_stride = plan.panel_stride();
    gradient_dense(member, layer, inputs, rows, leaf_rows, weights_of(member, layer), store);
  }
}

template <class T>
Status Network<T>::take_early_memory() {
  if (crew_ == nullptr || !crew_->plan().begins_early()) return {};
  FORKNET_ASSIGN(early_, os::Mapping::anonymous(plan_.numbers * sizeof(T)));
  return {};
}

// Sums of weight gradients of the first rows, whose errors are there up to row `done`: as many as
// stand on the left of the last addition over leaves, so that the bits are those of one sum.
template <class T>
void Network<T>::early_part(const Member& member, const Work& work, std::size_t done) {
  const std::size_t leaves = (rows_ + work.step.leaf_rows - 1) / work.step.leaf_rows;
  if (early_.bytes().empty() || leaves < 2) return;
  const std::size_t rows = math::left_leaves(leaves) * work.step.leaf_rows;
  if (rows > done) return;
  FORKNET_FAILPOINT("early/before");
  store_gradients(member, work.batch.inputs_of(member), {0, rows}, work.step.leaf_rows,
                  early_sums());
  early_rows_ = rows;
  FORKNET_FAILPOINT("early/after");
}

// From the last layer to the first: the errors of the first were the last to be computed.
template <class T>
void Network<T>::update_part(const Member& member, const Work& work) {
  FORKNET_FAILPOINT("update/before");
  const TraceScope working(ring(member), TraceSpan::Kind::update);
  written_[member.index] = {};
  const auto [begin, end] = slice(member);
  for (std::size_t layer = end; layer-- > begin;) {
    const nn::LayerPlan& plan = plan_.layers[layer];
    if (!plan.is_dense()) continue;
    if (crew_ != nullptr && crew_->abandoned()) return;
    FORKNET_FAILPOINT("update/layer");
    auto update = update_of(plan, work.weights, work.step.rule);
    update.written = &written_[member.index];
    const std::size_t first = member.stage() == 0 ? early_rows_ : 0;
    if (first > 0) update.before = early_sums().data() + plan.offset;
    gradient_dense(member, layer, work.batch.inputs_of(member), {first, rows_}, work.step.leaf_rows,
                   weights_of(member, layer), update);
  }
  FORKNET_FAILPOINT("update/after");
}

template <class T>
void Network<T>::gradients(const BatchView<T>& batch, std::size_t leaf_rows, math::Range rows,
                           std::span<T> sums) {
  by_all([&](const Member& member) {
    store_gradients(member, batch.inputs_of(member), rows, leaf_rows, sums);
  });
}

template <class T>
void Network<T>::update(store::Weights<T>& weights, const Step& step, std::span<const T> sums) {
  by_all([&](const Member& member) {
    const TraceScope working(ring(member), TraceSpan::Kind::update);
    written_[member.index] = {};
    const auto [begin, end] = slice(member);
    for (std::size_t layer = begin; layer < end; ++layer) {
      const nn::LayerPlan& plan = plan_.layers[layer];
      if (!plan.is_dense()) continue;
      math::WeightUpdate<T> update = update_of(plan, weights, step.rule);
      update.written = &written_[member.index];
      const std::size_t lines = plan.numbers() / math::kLanes;
      const math::Range part = share({0, lines}, member.in_stage(), member.shape.stage_members());
      products_.update(update, part.begin * math::kLanes, part.size(),
                       sums.data() + plan.offset + part.begin * math::kLanes);
    }
  });
}

template <class T>
std::uint64_t Network<T>::written() const {
  std::uint64_t sum = 0;
  for (const math::BitSum& own : written_) sum = math::add_bits<T>(sum, own.total<T>());
  return sum;
}

template class Network<float>;
template class Network<double>;

}  // namespace forknet::cell
