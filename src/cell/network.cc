#include "cell/network.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "math/leaf_tree.h"
#include "nn/members/average.h"
#include "os/failpoint.h"

namespace forknet::cell {
namespace {

// A layer that only multiplies is partitioned like the one below it: the worker that computed a
// number also multiplies it.
std::vector<Cut> cuts_of(const nn::ModelPlan& plan, std::size_t threads) {
  std::vector<Cut> cuts;
  for (const nn::LayerPlan& layer : plan.layers) {
    const nn::LayerTraits& traits = layer.kind->traits();
    if (traits.multiplies) {
      cuts.push_back(cuts.empty() ? Cut::rows : cuts.back());
    } else {
      const Cut cut = partition_of(layer.inputs, math::panels_for(layer.outputs), threads);
      cuts.push_back(traits.cuts_by_units ? cut : Cut::rows);
    }
  }
  return cuts;
}

// The blocks of stages in which each worker changes one large piece of all weights.
std::vector<std::vector<BlockLines>> blocks_in_pieces(const nn::ModelPlan& plan,
                                                      const std::vector<Cut>& cuts,
                                                      const GridPlan& grid,
                                                      std::size_t number_bytes) {
  std::vector<std::vector<BlockLines>> lines;
  for (const nn::LayerPlan& layer : plan.layers) lines.emplace_back(layer.blocks.size());
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
      for (std::size_t b = 0; b < lines[i].size(); ++b) {
        const nn::BlockPlan& block = plan.layers[i].blocks[b];
        lines[i][b] = {before, block.panels, block.lines, all};
        before += block.numbers() / math::kLanes;
      }
    }
  }
  return lines;
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
      layers_(nn::make_layers<T>(plan.layers, target)),
      context_(context),
      all_{0, plan.layers.size()},
      cuts_(cuts_of(plan, context == nullptr ? 1 : context->shape().threads)),
      steps_(context == nullptr ? 1 : context->shape().workers(),
             std::vector<nn::LayerStep<T>>(plan.layers.size())),
      written_(steps_.size()) {
  // Whole lines of a cache, so that workers do not write to the same one.
  constexpr std::size_t kLine = 64 / sizeof(T);
  loss_numbers_ = (plan.loss->scratch_numbers(plan.outputs) + kLine - 1) / kLine * kLine;
  loss_scratch_.resize(loss_numbers_ * written_.size());
  for (const nn::LayerPlan& layer : plan.layers) lines_.emplace_back(layer.blocks.size());
  if (context != nullptr) lines_ = blocks_in_pieces(plan, cuts_, context->plan(), sizeof(T));
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
void Network<T>::leave_untouched_lines() {
  touched_.assign(steps_.size(), std::vector<nn::TouchedLines>(plan_.layers.size()));
}

template <class T>
void Network<T>::use_trace(std::size_t first, std::vector<TraceRing> rings) {
  first_ring_ = first;
  rings_ = std::move(rings);
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
nn::LayerStep<T> Network<T>::views_of(std::size_t layer, math::PanelView<const T> inputs) const {
  nn::LayerStep<T> step;
  step.region = parameters_.data();
  step.inputs = inputs;
  step.outputs = workspace_.outputs(layer, rows_);
  step.errors = workspace_.errors(layer, rows_);
  step.transposed = workspace_.transposed(layer, rows_);
  const std::size_t buffers = plan_.layers[layer].buffers.size();
  for (std::size_t i = 0; i < buffers; ++i) step.buffers[i] = workspace_.buffer(layer, i, rows_);
  if (const auto partner = plan_.layers[layer].partner) {
    step.joined = *partner < layer ? workspace_.outputs(*partner, rows_).as_const()
                                   : workspace_.transposed(*partner, rows_).as_const();
  }
  return step;
}

// Once a step, not once a call: of small nets that is a fiftieth of the time. By each worker, so
// that none waits for the cache lines of another.
template <class T>
void Network<T>::look_at(const Worker& worker, const Work& work) {
  const auto [begin, end] = slice(worker);
  math::PanelView<const T> inputs = work.batch.inputs;
  if (begin > 0) {
    inputs = workspace_.outputs(begin - 1, rows_).as_const();
  } else if (worker.stage() == 0) {
    inputs = work.batch.inputs_of(worker);
  }
  for (std::size_t layer = begin; layer < end; ++layer) {
    nn::LayerStep<T>& own = steps_[worker.index][layer] = views_of(layer, inputs);
    own.samples = work.batch.samples;
    own.seed = work.step.seed;
    own.step = static_cast<std::uint32_t>(work.step.number);
    if (!touched_.empty()) own.touched = &touched_[worker.index][layer];
    if (layer > 0 && multiplies(layer) && multiplies(layer - 1)) {
      own.factors_below = workspace_.buffer(layer - 1, 0, rows_).as_const();
    }
    inputs = own.outputs.as_const();
  }
}

template <class T>
void Network<T>::forward_layer(const Worker& worker, std::size_t layer,
                               const nn::LayerStep<T>& step, const Tile& tile) {
  PerUnitExecutor<T>* const own = neurons(worker);
  if (own == nullptr || !by_units(layer)) {
    return layers_[layer]->forward(step, tile);
  }
  own->forward(layer, {step.region, plan_.numbers}, step.inputs, step.outputs, step.buffers[0],
               tile.rows);
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
    const bool reads_others = layer > begin && !multiplies(layer);
    if (reads_others) synchronize(worker, cuts_[layer - 1], cuts_[layer]);
    forward_layer(worker, layer, memory_of(worker, layer), tile(worker, layer, rows));
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
  if (with_errors && args.activation->needs_sums) {
    args.sums = workspace_.buffer(last, 0, rows_).as_const();
  }
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
  parameters_ = parameters;
  math::PanelView<const T> input = inputs;
  for (std::size_t layer = 0; layer < plan_.layers.size(); ++layer) {
    if (multiplies(layer)) continue;
    forward_layer(Worker{}, layer, views_of(layer, input), whole(layer));
    input = workspace_.outputs(layer, rows_).as_const();
  }
  if (plan_.members > 1) {
    nn::average_members(target_, plan_.loss->link_kind(),
                        workspace_.outputs(plan_.layers.size() - 1, rows_), plan_.members);
    rows_ /= plan_.members;
  }
  return outputs();
}

template <class T>
math::PanelView<const T> Network<T>::predict(std::span<const T> parameters,
                                             math::PanelView<const T> inputs) {
  (void)infer(parameters, inputs);
  return predictions();
}

template <class T>
math::PanelView<const T> Network<T>::predictions() {
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
  parameters_ = std::as_const(weights).parameters();
  const Work work = {weights, batch, step};
  if (step.clip_norm > 0) return clipped_step(work);
  by_all([&](const Worker& worker) {
    train_part(worker, work);
    update_part(worker, work);
  });
}

template <class T>
void Network<T>::pass(store::Weights<T>& weights, const BatchView<T>& batch, const Step& step) {
  rows_ = batch.inputs.rows;
  FORKNET_CHECK(rows_ <= workspace_.rows());
  parameters_ = std::as_const(weights).parameters();
  const Work work = {weights, batch, step};
  by_all([&](const Worker& worker) { train_part(worker, work); });
}

template <class T>
BatchSums Network<T>::sums(std::size_t rows, std::size_t leaf_rows, const T* sample_weights) {
  return nn::mean_of_members(sum_rows(rows, leaf_rows, sample_weights), plan_.members);
}

template <class T>
void Network<T>::train_part(const Worker& worker, const Work& work) {
  const math::Range rows = rows_of(worker, rows_);
  if (context_ == nullptr) {
    look_at(worker, work);
    trace_at(worker, work.step, 0);
    forward_part(worker, work, 0, rows);
    return backward_part(worker, work, 0, rows);
  }
  if (work.batch.own_inputs != nullptr && worker.stage() == 0) {
    trace_at(worker, work.step);
    counted(worker, TraceSpan::Kind::await_data, [&] { work.batch.own_inputs->copy(worker); });
  }
  look_at(worker, work);
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
    if (!context_->barriers().wait_for_stage(worker)) {
      context_->abandon(others_gone("stage"));
    }
  });
  FORKNET_FAILPOINT("stage/meet/after");
}

template class Network<float>;
template class Network<double>;

}  // namespace forknet::cell
