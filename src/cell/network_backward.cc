// The backward pass of a network: errors, weight gradients and the update.
#include <algorithm>

#include "base/try.h"
#include "cell/block_update.h"
#include "cell/network.h"
#include "math/leaf_tree.h"
#include "os/failpoint.h"

namespace forknet::cell {

// The derivative by the outputs of `below`, the nearest layer with errors of its own, from the
// errors of `layer`: all between them only multiply.
template <class T>
void Network<T>::hand_down(const Worker& worker, std::size_t layer, std::size_t below,
                           const Tile& tile) {
  PerUnitExecutor<T>* const own = neurons(worker);
  const nn::LayerStep<T>& step = memory_of(worker, layer);
  const math::PanelView<T> to = workspace_.transposed(below, rows_);
  if (own == nullptr || !by_units(layer)) {
    return layers_[layer]->hand_down(step, to, tile);
  }
  own->product_below(layer, below, {step.region, plan_.numbers}, step.transposed.as_const(), to,
                     tile.rows);
}

// Then the errors of `below`, times the factors of the layers between.
template <class T>
void Network<T>::take_errors(const Worker& worker, std::size_t layer, std::size_t below,
                             const Tile& tile) {
  math::PanelView<const T> factors;
  if (below + 1 < layer) factors = workspace_.buffer(layer - 1, 0, rows_).as_const();
  const bool hands_down = nn::errors_below(plan_, below) < plan_.layers.size();
  const nn::LayerStep<T>& step = memory_of(worker, below);
  PerUnitExecutor<T>* const own = neurons(worker);
  if (own == nullptr || !by_units(below)) {
    return layers_[below]->take_errors(step, factors, hands_down, tile);
  }
  own->take_errors(below, step, factors, hands_down, tile);
}

template <class T>
void Network<T>::backward_part(const Worker& worker, const Work& work, std::size_t number,
                               math::Range rows) {
  FORKNET_FAILPOINT("backward/before");
  const auto [begin, end] = slice(worker);
  std::size_t layer = plan_.layers.size() - 1;
  Cut from = Cut::rows;  // the partition of the loss
  if (end < plan_.layers.size()) {
    receive(worker, context_->links(worker).from_above.get(), TraceSpan::Kind::await_errors);
  }
  TraceScope working(ring(worker), TraceSpan::Kind::backward);
  if (end < plan_.layers.size()) {
    layer = nn::errors_below(plan_, end);
    take_errors(worker, end, layer, tile(worker, layer, rows));
    from = cuts_[layer];
  }
  for (std::size_t below = nn::errors_below(plan_, layer); below < plan_.layers.size();
       below = nn::errors_below(plan_, layer)) {
    synchronize(worker, from, cuts_[below]);
    const Tile part = tile(worker, below, rows);
    hand_down(worker, layer, below, part);
    if (below < begin) FORKNET_FAILPOINT("backward/after");
    if (below < begin) {
      working.end();
      return send_down(worker, work, number, rows);
    }
    take_errors(worker, layer, below, part);
    from = cuts_[below];
    layer = below;
  }
  FORKNET_FAILPOINT("backward/after");
}

template <class T>
WeightTile Network<T>::weights_of(const Worker& worker, std::size_t layer,
                                  std::size_t number) const {
  const nn::LayerPlan& plan = plan_.layers[layer];
  const nn::BlockPlan& block = plan.blocks[number];
  const std::size_t in_panels = math::panels_for(block.lines - 1);
  const WeightTile all = {{0, in_panels}, {0, block.panels}, true};
  // A weight belongs to one unit; with several replicas the first one's thread updates it.
  if (!per_unit_.empty()) return worker.replica() > 0 ? WeightTile{} : all;
  const std::size_t workers = worker.shape.stage_workers();
  if (block.one_worker) {
    return (layer + number) % workers == worker.in_stage() ? all : WeightTile{};
  }
  const BlockLines& lines = lines_[layer][number];
  if (lines.all > 0) {
    return {{0, in_panels}, piece_of(lines, worker.in_stage(), workers), true};
  }
  return weight_tile_of(worker, cuts_[layer], in_panels, block.panels);
}

template <class T>
void Network<T>::sum_gradients(const Worker& worker, const nn::LayerStep<T>& step,
                               std::size_t layer, std::size_t block, math::Range rows,
                               std::size_t leaf_rows, const math::WeightUpdate<T>& update) {
  const WeightTile tile = weights_of(worker, layer, block);
  if (tile.out_panels.size() == 0) return;
  PerUnitExecutor<T>* const own = neurons(worker);
  if (own == nullptr || !by_units(layer)) {
    return layers_[layer]->gradient(step, block, rows, leaf_rows, tile, update);
  }
  own->gradient(layer, step, rows, leaf_rows, tile, update);
}

// Writes unscaled gradient sums of all layers of the slice over those rows, in the layout of the
// region of parameters.
template <class T>
void Network<T>::store_gradients(const Worker& worker, math::Range rows, std::size_t leaf_rows,
                                 std::span<T> sums, const T* before) {
  const TraceScope working(ring(worker), TraceSpan::Kind::gradients);
  const auto [begin, end] = slice(worker);
  for (std::size_t layer = end; layer-- > begin;) {
    const auto& blocks = plan_.layers[layer].blocks;
    const nn::LayerStep<T>& step = memory_of(worker, layer);
    for (std::size_t block = 0; block < blocks.size(); ++block) {
      math::WeightUpdate<T> store;  // keeps the gradient itself, scale 1
      store.next = sums.data() + blocks[block].offset;
      if (before != nullptr) store.before = before + blocks[block].offset;
      store.panel_stride = blocks[block].panel_stride();
      sum_gradients(worker, step, layer, block, rows, leaf_rows, store);
    }
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
  store_gradients(worker, {0, rows}, work.step.leaf_rows, early_sums());
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
    const auto& blocks = plan_.layers[layer].blocks;
    if (blocks.empty()) continue;
    if (context_ != nullptr && context_->abandoned()) return;
    FORKNET_FAILPOINT("update/layer");
    const nn::LayerStep<T>& step = memory_of(worker, layer);
    for (std::size_t block = 0; block < blocks.size(); ++block) {
      auto update = update_of<T>(plan_.layers[layer], block, work.weights, work.step);
      update.written = &written_[worker.index];
      const std::size_t first = early_rows(worker);
      if (first > 0) update.before = early_sums().data() + blocks[block].offset;
      sum_gradients(worker, step, layer, block, {first, rows_}, work.step.leaf_rows, update);
    }
  }
  FORKNET_FAILPOINT("update/after");
}

template <class T>
void Network<T>::gradients(std::size_t leaf_rows, math::Range rows, std::span<T> sums) {
  by_all([&](const Worker& worker) { store_gradients(worker, rows, leaf_rows, sums); });
}

template <class T>
void Network<T>::update(store::Weights<T>& weights, const Step& step, std::span<const T> sums) {
  if (step.clip_norm > 0) return clipped_update(weights, step, sums);
  by_all([&](const Worker& worker) {
    const TraceScope working(ring(worker), TraceSpan::Kind::update);
    written_[worker.index] = {};
    const auto [begin, end] = slice(worker);
    for (std::size_t layer = begin; layer < end; ++layer) {
      for (std::size_t b = 0; b < plan_.layers[layer].blocks.size(); ++b) {
        const nn::BlockPlan& block = plan_.layers[layer].blocks[b];
        math::WeightUpdate<T> update = update_of<T>(plan_.layers[layer], b, weights, step);
        update.written = &written_[worker.index];
        const std::size_t lines = block.numbers() / math::kLanes;
        const math::Range part = share({0, lines}, worker.in_stage(), worker.shape.stage_workers());
        products_.update(update, part.begin * math::kLanes, part.size(),
                         sums.data() + block.offset + part.begin * math::kLanes);
      }
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
