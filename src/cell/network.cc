#include "cell/network.h"

#include <algorithm>

#include "base/check.h"
#include "math/leaf_tree.h"
#include "os/failpoint.h"

namespace forknet::cell {
namespace {

// Dropout is partitioned like the layer below it: the worker that computed a number also drops it.
std::vector<Cut> cuts_of(const nn::ModelPlan& plan, std::size_t threads) {
  std::vector<Cut> cuts;
  for (const nn::LayerPlan& layer : plan.layers) {
    if (layer.is_dense()) {
      cuts.push_back(partition_of(layer.inputs, math::panels_for(layer.outputs), threads));
    } else {
      cuts.push_back(cuts.empty() ? Cut::rows : cuts.back());
    }
  }
  return cuts;
}

// The layers of stages in which each worker changes one large piece of all weights.
std::vector<LayerLines> layers_in_pieces(const nn::ModelPlan& plan, const std::vector<Cut>& cuts,
                                         const GridPlan& grid, std::size_t number_bytes) {
  std::vector<LayerLines> layers(plan.layers.size());
  for (const auto& [begin, end] : grid.slices) {
    std::size_t all = 0;
    bool by_rows = true;
    for (std::size_t i = begin; i < end; ++i) {
      all += plan.layers[i].numbers() / math::kLanes;
      by_rows = by_rows && cuts[i] == Cut::rows;
    }
    const std::size_t bytes = all * math::kLanes * number_bytes;
    if (!by_rows || bytes / grid.shape.stage_workers() < kLeastPiece) continue;
    std::size_t before = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const nn::LayerPlan& layer = plan.layers[i];
      if (!layer.is_dense()) continue;
      layers[i] = {before, math::panels_for(layer.outputs), layer.inputs + 1, all};
      before += layer.numbers() / math::kLanes;
    }
  }
  return layers;
}

Error others_gone() {
  return Error{ErrorKind::cell, "barrier aborted: another cell of the stage died"};
}

}  // namespace

template <class T>
Network<T>::Network(const nn::ModelPlan& plan, Workspace<T>& workspace, math::Target target,
                    StageContext* context)
    : plan_(plan),
      workspace_(workspace),
      target_(target),
      products_(math::product_kernels<T>(target)),
      elements_(math::element_kernels<T>(target)),
      context_(context),
      all_{0, plan.layers.size()},
      cuts_(cuts_of(plan, context == nullptr ? 1 : context->shape().threads)),
      written_(context == nullptr ? 1 : context->shape().workers()) {
  // Whole lines of a cache, so that workers do not write to the same one.
  constexpr std::size_t kLine = 64 / sizeof(T);
  loss_numbers_ = (plan.loss->scratch_numbers(plan.outputs) + kLine - 1) / kLine * kLine;
  loss_scratch_.resize(loss_numbers_ * written_.size());
  lines_.resize(plan.layers.size());
  if (context != nullptr) lines_ = layers_in_pieces(plan, cuts_, context->plan(), sizeof(T));
}

template <class T>
const nn::LayerRange& Network<T>::slice(const Worker& worker) const {
  return context_ == nullptr ? all_ : context_->plan().slices[worker.stage()];
}

template <class T>
void Network<T>::use_per_unit_threads(std::size_t cell, PerUnitExecutor<T>* neurons) {
  FORKNET_CHECK(context_ != nullptr && context_->shape().threads == 1);
  per_unit_.resize(context_->shape().cells(), nullptr);
  per_unit_[cell] = neurons;
}

template <class T>
void Network<T>::use_trace(std::size_t first, std::vector<TraceRing> rings) {
  first_ring_ = first;
  rings_ = std::move(rings);
}

template <class T>
math::PanelView<const T> Network<T>::input_of(std::size_t layer,
                                              math::PanelView<const T> inputs) const {
  return layer == 0 ? inputs : workspace_.outputs(layer - 1, rows_).as_const();
}

template <class T>
Tile Network<T>::whole(std::size_t layer) const {
  return {{0, rows_}, {0, math::panels_for(plan_.layers[layer].outputs)}};
}

template <class T>
Tile Network<T>::tile(const Worker& worker, std::size_t layer, math::Range rows) const {
  return tile_of(worker, cuts_[layer], rows, math::panels_for(plan_.layers[layer].outputs));
}

template <class T>
void Network<T>::synchronize(const Worker& worker, Cut from, Cut to) {
  if (context_ != nullptr && (from == Cut::units || to == Cut::units)) wait_for_cell(worker);
}

template <class T>
void Network<T>::wait_for_cell(const Worker& worker) {
  if (worker.shape.threads == 1) return;
  counted(worker, TraceSpan::Kind::await_barrier, [&] {
    // The cause of an abort has already been recorded (StageContext::abandon()).
    (void)context_->barriers().wait_for_cell(worker);
  });
}

template <class T>
void Network<T>::forward_dense(const Worker& worker, std::size_t layer,
                               std::span<const T> parameters, math::PanelView<const T> inputs,
                               const Tile& tile) {
  const nn::LayerPlan& plan = plan_.layers[layer];
  if (PerUnitExecutor<T>* own = neurons(worker)) {
    return own->forward(layer, parameters, inputs, workspace_.outputs(layer, rows_), tile.rows);
  }
  math::ProductArgs<T> args;
  args.a = inputs;
  args.b = {parameters.data() + plan.offset, plan.inputs, plan.outputs, plan.panel_stride()};
  args.c = workspace_.outputs(layer, rows_);
  args.bias = args.b.line(0, plan.inputs);
  args.bias_stride = plan.panel_stride();
  args.relu = plan.activation == Activation::relu;
  args.rows = tile.rows;
  args.panels = tile.panels;
  products_.product(args);
  if (plan.activation == Activation::linear || args.relu) return;
  elements_.activation({plan.activation, args.c, args.rows, args.panels});
}

template <class T>
void Network<T>::forward_dropout(const Worker& worker, std::size_t layer, const Work& work,
                                 const Tile& tile) {
  const math::PanelView<T> out = workspace_.outputs(layer, rows_);
  const math::PanelView<T> factors = workspace_.factors(layer, rows_);
  math::DropoutArgs<T> args;
  args.rate = plan_.layers[layer].rate;
  args.seed = work.step.seed;
  args.step = static_cast<std::uint32_t>(work.step.number);
  args.layer = static_cast<std::uint32_t>(layer);
  args.samples = work.batch.samples;
  args.factors = factors;
  args.rows = tile.rows;
  args.panels = tile.panels;
  elements_.dropout(args);
  const auto inputs = input_of(layer, work.batch.inputs_of(worker));
  elements_.multiply({inputs, factors.as_const(), out, tile.rows, tile.panels});
  // Dropout after dropout: errors return through both at once, so this layer stores the product.
  if (layer > 0 && !plan_.layers[layer - 1].is_dense()) {
    const auto before = workspace_.factors(layer - 1, rows_).as_const();
    elements_.multiply({factors.as_const(), before, factors, tile.rows, tile.panels});
  }
}

template <class T>
void Network<T>::forward_part(const Worker& worker, const Work& work, std::size_t number,
                              math::Range rows) {
  FORKNET_FAILPOINT("forward/before");
  const auto [begin, end] = slice(worker);
  if (begin > 0) {
    receive(worker, context_->links(worker).from_below.get(), TraceSpan::Kind::await_activations);
  }
  TraceScope working(ring(worker), TraceSpan::Kind::forward);
  for (std::size_t layer = begin; layer < end; ++layer) {
    const nn::LayerPlan& plan = plan_.layers[layer];
    if (layer > begin && plan.is_dense()) synchronize(worker, cuts_[layer - 1], cuts_[layer]);
    if (plan.is_dense()) {
      forward_dense(worker, layer, std::as_const(work.weights).parameters(),
                    input_of(layer, work.batch.inputs_of(worker)), tile(worker, layer, rows));
    } else {
      forward_dropout(worker, layer, work, tile(worker, layer, rows));
    }
  }
  FORKNET_FAILPOINT("forward/after");
  if (end < plan_.layers.size()) {
    working.end();
    return send_up(worker, work, number, rows);
  }
  synchronize(worker, cuts_.back(), Cut::rows);
  take_loss(worker, work.batch, tile_of(worker, Cut::rows, rows, 1).rows, true);
}

template <class T>
void Network<T>::take_loss(const Worker& worker, const BatchView<T>& batch, math::Range rows,
                           bool with_errors) {
  const std::size_t last = plan_.layers.size() - 1;
  nn::LossArgs<T> args;
  args.outputs = workspace_.outputs(last, rows_).as_const();
  args.activation = plan_.layers[last].activation;
  args.labels = batch.labels;
  args.targets = batch.targets;
  if (with_errors) {
    args.dz = workspace_.errors(last, rows_);
    args.dz_transposed = workspace_.transposed(last, rows_);
  }
  args.losses = workspace_.losses().data();
  args.correct = workspace_.correct().data();
  args.rows = rows;
  args.sample_weights = batch.sample_weights;
  if (loss_numbers_ > 0) args.scratch = loss_scratch_.data() + worker.index * loss_numbers_;
  plan_.loss->take(target_, args);
}

// Sums of the row losses: 16 lanes and their tree within a leaf, leaves in the balanced tree.
// Row weights are summed in fp64, row after row.
template <class T>
BatchSums Network<T>::sum_rows(std::size_t rows, std::size_t leaf_rows, const T* sample_weights) {
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
  for (std::size_t row = 0; row < rows; ++row) sums.correct += workspace_.correct()[row];
  for (std::size_t row = 0; row < rows && sample_weights != nullptr; ++row) {
    const auto weight = static_cast<double>(sample_weights[row]);
    sums.weight += weight;
    if (workspace_.correct()[row] != 0) sums.correct_weight += weight;
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
    forward_dense(Worker{}, layer, parameters, input, whole(layer));
    input = workspace_.outputs(layer, rows_).as_const();
  }
  return input;
}

template <class T>
math::PanelView<const T> Network<T>::predict(std::span<const T> parameters,
                                             math::PanelView<const T> inputs) {
  (void)infer(parameters, inputs);
  plan_.loss->link(target_, workspace_.outputs(plan_.layers.size() - 1, rows_));
  return outputs();
}

template <class T>
math::PanelView<const T> Network<T>::outputs() const {
  return workspace_.outputs(plan_.layers.size() - 1, rows_).as_const();
}

template <class T>
BatchSums Network<T>::evaluate(std::span<const T> parameters, const BatchView<T>& batch) {
  (void)infer(parameters, batch.inputs);
  take_loss(Worker{}, batch, {0, rows_}, false);
  return sum_rows(rows_, rows_, batch.sample_weights);
}

template <class T>
BatchSums Network<T>::train(store::Weights<T>& weights, const BatchView<T>& batch,
                            const Step& step) {
  this->step(weights, batch, step);
  return sums(rows_, step.leaf_rows, batch.sample_weights);
}

template <class T>
void Network<T>::step(store::Weights<T>& weights, const BatchView<T>& batch, const Step& step) {
  rows_ = batch.inputs.rows;
  FORKNET_CHECK(rows_ <= workspace_.rows());
  const Work work = {weights, batch, step};
  by_all([&](const Worker& worker) {
    train_part(worker, work);
    update_part(worker, work);
  });
}

template <class T>
void Network<T>::pass(store::Weights<T>& weights, const BatchView<T>& batch, const Step& step) {
  rows_ = batch.inputs.rows;
  FORKNET_CHECK(rows_ <= workspace_.rows());
  const Work work = {weights, batch, step};
  by_all([&](const Worker& worker) { train_part(worker, work); });
}

template <class T>
BatchSums Network<T>::sums(std::size_t rows, std::size_t leaf_rows, const T* sample_weights) {
  return sum_rows(rows, leaf_rows, sample_weights);
}

template <class T>
void Network<T>::train_part(const Worker& worker, const Work& work) {
  const math::Range rows = rows_of(worker, rows_);
  if (context_ == nullptr) {
    trace_at(worker, work.step, 0);
    forward_part(worker, work, 0, rows);
    return backward_part(worker, work, 0, rows);
  }
  if (work.batch.own_inputs != nullptr && worker.stage() == 0) {
    trace_at(worker, work.step);
    counted(worker, TraceSpan::Kind::await_data, [&] { work.batch.own_inputs->copy(worker); });
  }
  const std::size_t count = microbatches_of(rows, context_->plan().microbatches);
  if (worker.stage() == 0 && !early_.bytes().empty()) early_rows_ = 0;
  expect_frames(worker, work, rows, count);
  for (const Action& action : context_->actions(worker.stage(), count)) {
    if (context_->abandoned()) return;
    const math::Range piece = microbatch(rows, action.microbatch, count);
    trace_at(worker, work.step, static_cast<std::uint32_t>(action.microbatch));
    switch (action.kind) {
      case Action::Kind::forward:
        forward_part(worker, work, action.microbatch, piece);
        break;
      case Action::Kind::backward:
        backward_part(worker, work, action.microbatch, piece);
        break;
      case Action::Kind::weights:
        early_part(worker, work, piece.end);
        break;
    }
  }
  // A barrier of the stage: no weight changes while another worker may still read it.
  trace_at(worker, work.step);
  if (worker.shape.stage_workers() == 1) return;
  FORKNET_FAILPOINT("stage/meet/before");
  counted(worker, TraceSpan::Kind::await_barrier, [&] {
    if (!context_->barriers().wait_for_stage(worker)) context_->abandon(others_gone());
  });
  FORKNET_FAILPOINT("stage/meet/after");
}

template class Network<float>;
template class Network<double>;

}  // namespace forknet::cell
