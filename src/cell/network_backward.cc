// The backward pass of a network: errors, weight gradients and the update.
#include <algorithm>

#include "base/try.h"
#include "cell/network.h"
#include "math/leaf_tree.h"
#include "os/failpoint.h"

namespace forknet::cell {

// Propagates the errors of `layer` back through its weights to the outputs of the layer below. Rows
// of the product are the units of the tile, its panels the rows of the batch.
template <class T>
void Network<T>::product_below(const Worker& worker, std::size_t layer, std::size_t below,
                               std::span<const T> parameters, const Tile& tile) {
  const nn::LayerPlan& plan = plan_.layers[layer];
  if (PerUnitExecutor<T>* own = neurons(worker)) {
    return own->product_below(layer, below, parameters,
                              workspace_.transposed(layer, rows_).as_const(),
                              workspace_.transposed(below, rows_), tile.rows);
  }
  math::ProductArgs<T> args;
  args.a = {parameters.data() + plan.offset, plan.inputs, plan.outputs, plan.panel_stride()};
  args.b = workspace_.transposed(layer, rows_).as_const();
  args.c = workspace_.transposed(below, rows_);
  args.rows = {tile.panels.begin * math::kLanes,
               std::min(tile.panels.end * math::kLanes, plan.inputs)};
  args.panels = {tile.rows.begin / math::kLanes, math::panels_for(tile.rows.end)};
  products_.product(args);
}

// Then through dropout and activation to the errors of the dense layer `below`; `layer` is the
// dense layer above it.
template <class T>
void Network<T>::activation_below(const Worker& worker, std::size_t layer, std::size_t below,
                                  const Tile& tile) {
  const math::PanelView<T> transposed = workspace_.transposed(below, rows_);
  math::ActivationBackwardArgs<T> back;
  back.activation = plan_.layers[below].activation;
  back.dx = transposed.as_const();
  back.y = workspace_.outputs(below, rows_).as_const();
  back.sums = workspace_.sums(below, rows_).as_const();
  if (below + 1 < layer) back.factors = workspace_.factors(layer - 1, rows_).as_const();
  back.dz = workspace_.errors(below, rows_);
  if (nn::dense_below(plan_, below) < plan_.layers.size()) back.dz_transposed = transposed;
  back.rows = tile.rows;
  back.panels = tile.panels;
  if (PerUnitExecutor<T>* own = neurons(worker)) return own->activation_below(below, back);
  elements_.activation_backward(back);
}

template <class T>
void Network<T>::backward_part(const Worker& worker, const Work& work, std::size_t number,
                               math::Range rows) {
  FORKNET_FAILPOINT("backward/before");
  const auto [begin, end] = slice(worker);
  const auto parameters = std::as_const(work.weights).parameters();
  std::size_t layer = plan_.layers.size() - 1;
  Cut from = Cut::rows;  // the partition of the loss
  if (end < plan_.layers.size()) {
    receive(worker, context_->links(worker).from_above.get(), TraceSpan::Kind::await_errors);
  }
  TraceScope working(ring(worker), TraceSpan::Kind::backward);
  if (end < plan_.layers.size()) {
    layer = nn::dense_below(plan_, end);
    activation_below(worker, end, layer, tile(worker, layer, rows));
    from = cuts_[layer];
  }
  for (std::size_t below = nn::dense_below(plan_, layer); below < plan_.layers.size();
       below = nn::dense_below(plan_, layer)) {
    synchronize(worker, from, cuts_[below]);
    const Tile part = tile(worker, below, rows);
    product_below(worker, layer, below, parameters, part);
    if (below < begin) FORKNET_FAILPOINT("backward/after");
    if (below < begin) {
      working.end();
      return send_down(worker, work, number, rows);
    }
    activation_below(worker, layer, below, part);
    from = cuts_[below];
    layer = below;
  }
  FORKNET_FAILPOINT("backward/after");
}

template <class T>
WeightTile Network<T>::weights_of(const Worker& worker, std::size_t layer) const {
  const nn::LayerPlan& plan = plan_.layers[layer];
  // A weight belongs to one unit; with several replicas the first one's thread updates it.
  if (!per_unit_.empty()) {
    if (worker.replica() > 0) return {};
    return {{0, math::panels_for(plan.inputs)}, {0, math::panels_for(plan.outputs)}, true};
  }
  const LayerLines& lines = lines_[layer];
  if (lines.all > 0) {
    const std::size_t workers = worker.shape.stage_workers();
    return {{0, math::panels_for(plan.inputs)}, piece_of(lines, worker.in_stage(), workers), true};
  }
  return weight_tile_of(worker, cuts_[layer], math::panels_for(plan.inputs),
                        math::panels_for(plan.outputs));
}

template <class T>
void Network<T>::gradient_dense(const Worker& worker, std::size_t layer,
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
  PerUnitExecutor<T>* const own = neurons(worker);
  if (own == nullptr) return products_.gradient(args);
  own->gradient(layer, args);
}

namespace {

// Updates the weights of a dense layer and their moments, from the current version to the next.
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

// Writes unscaled gradient sums of all layers of the slice over those rows, in the layout of the
// region of parameters.
template <class T>
void Network<T>::store_gradients(const Worker& worker, math::PanelView<const T> inputs,
                                 math::Range rows, std::size_t leaf_rows, std::span<T> sums) {
  const TraceScope working(ring(worker), TraceSpan::Kind::gradients);
  const auto [begin, end] = slice(worker);
  for (std::size_t layer = end; layer-- > begin;) {
    const nn::LayerPlan& plan = plan_.layers[layer];
    if (!plan.is_dense()) continue;
    math::WeightUpdate<T> store;  // UpdateKind::store, scale 1
    store.next = sums.data() + plan.offset;
    store.panel_stride = plan.panel_stride();
    gradient_dense(worker, layer, inputs, rows, leaf_rows, weights_of(worker, layer), store);
  }
}

template <class T>
Status Network<T>::take_early_memory() {
  if (context_ == nullptr || !context_->plan().begins_early()) return {};
  FORKNET_ASSIGN(early_, os::Mapping::anonymous(plan_.numbers * sizeof(T)));
  return {};
}

// Sums the weight gradients of the first rows; errors are complete up to row `done`. Takes exactly
// the left operand of the last addition over leaves, so that the bits are those of one sum.
template <class T>
void Network<T>::early_part(const Worker& worker, const Work& work, std::size_t done) {
  const std::size_t leaves = (rows_ + work.step.leaf_rows - 1) / work.step.leaf_rows;
  if (early_.bytes().empty() || leaves < 2) return;
  const std::size_t rows = math::left_leaves(leaves) * work.step.leaf_rows;
  if (rows > done) return;
  FORKNET_FAILPOINT("early/before");
  store_gradients(worker, work.batch.inputs_of(worker), {0, rows}, work.step.leaf_rows,
                  early_sums());
  early_rows_ = rows;
  FORKNET_FAILPOINT("early/after");
}

// From the last layer to the first, because the errors of the first were computed last.
template <class T>
void Network<T>::update_part(const Worker& worker, const Work& work) {
  FORKNET_FAILPOINT("update/before");
  const TraceScope working(ring(worker), TraceSpan::Kind::update);
  written_[worker.index] = {};
  const auto [begin, end] = slice(worker);
  for (std::size_t layer = end; layer-- > begin;) {
    const nn::LayerPlan& plan = plan_.layers[layer];
    if (!plan.is_dense()) continue;
    if (context_ != nullptr && context_->abandoned()) return;
    FORKNET_FAILPOINT("update/layer");
    auto update = update_of(plan, work.weights, work.step.rule);
    update.written = &written_[worker.index];
    const std::size_t first = worker.stage() == 0 ? early_rows_ : 0;
    if (first > 0) update.before = early_sums().data() + plan.offset;
    gradient_dense(worker, layer, work.batch.inputs_of(worker), {first, rows_}, work.step.leaf_rows,
                   weights_of(worker, layer), update);
  }
  FORKNET_FAILPOINT("update/after");
}

template <class T>
void Network<T>::gradients(const BatchView<T>& batch, std::size_t leaf_rows, math::Range rows,
                           std::span<T> sums) {
  by_all([&](const Worker& worker) {
    store_gradients(worker, batch.inputs_of(worker), rows, leaf_rows, sums);
  });
}

template <class T>
void Network<T>::update(store::Weights<T>& weights, const Step& step, std::span<const T> sums) {
  by_all([&](const Worker& worker) {
    const TraceScope working(ring(worker), TraceSpan::Kind::update);
    written_[worker.index] = {};
    const auto [begin, end] = slice(worker);
    for (std::size_t layer = begin; layer < end; ++layer) {
      const nn::LayerPlan& plan = plan_.layers[layer];
      if (!plan.is_dense()) continue;
      math::WeightUpdate<T> update = update_of(plan, weights, step.rule);
      update.written = &written_[worker.index];
      const std::size_t lines = plan.numbers() / math::kLanes;
      const math::Range part = share({0, lines}, worker.in_stage(), worker.shape.stage_workers());
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
