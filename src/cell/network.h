// What is done with one batch: forward through the layers, loss, errors backward, gradients and
// update, in the caller's memory, by the caller's thread alone or by the workers of a context, each
// its part (shares.h). Knows no files and no processes. T is float or double.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/trace_ring.h"
#include "cell/per_unit_executor.h"
#include "cell/shares.h"
#include "cell/stage_context.h"
#include "cell/workspace.h"
#include "math/element_kernels.h"
#include "math/product_kernels.h"
#include "math/target.h"
#include "nn/model_plan.h"
#include "os/mapping.h"
#include "store/weights.h"

namespace forknet::cell {

// Inputs that every worker of a context has in a copy of its own. Those of the first stage ask for
// it once, all at the same time; it stays until the step is over.
template <class T>
class OwnInputs {
 public:
  virtual ~OwnInputs() = default;
  virtual void copy(const Worker& worker) = 0;
  [[nodiscard]] virtual math::PanelView<const T> of(const Worker& worker) const = 0;
};

// A batch as the data floor prepares it: inputs (rows, features), labels or targets (rows,
// outputs).
template <class T>
struct BatchView {
  math::PanelView<const T> inputs;
  const std::uint32_t* labels = nullptr;
  math::PanelView<const T> targets;
  const std::uint32_t* samples = nullptr;  // rows of the data set: keys of dropout
  OwnInputs<T>* own_inputs = nullptr;      // null: all read `inputs`
  const T* sample_weights = nullptr;       // (rows); null: all rows count alike

  [[nodiscard]] math::PanelView<const T> inputs_of(const Worker& worker) const {
    return own_inputs == nullptr ? inputs : own_inputs->of(worker);
  }
};

// Sums over the rows of a batch (not means). Where rows have weights, `loss` is weighted, and so is
// what the last two say.
struct BatchSums {
  double loss = 0;
  std::uint64_t correct = 0;
  std::uint64_t rows = 0;
  double weight = 0;          // of all rows; 0: they count alike
  double correct_weight = 0;  // of the correct ones

  void add(const BatchSums& other) {
    loss += other.loss;
    correct += other.correct;
    rows += other.rows;
    weight += other.weight;
    correct_weight += other.correct_weight;
  }
  // What a mean loss is divided by, and how much of that is correct.
  [[nodiscard]] double all() const { return weight > 0 ? weight : static_cast<double>(rows); }
  [[nodiscard]] double hits() const {
    return weight > 0 ? correct_weight : static_cast<double>(correct);
  }
};

template <class T>
class Network {
 public:
  // Keeps references: plan, workspace and context outlive the network. Without a context the
  // caller's thread does it all. Only train() and step() use the context.
  Network(const nn::ModelPlan& plan, Workspace<T>& workspace, math::Target target,
          StageContext* context = nullptr);
  // A cell's layers are worked on by a thread a neuron from now on; its context has one thread a
  // cell.
  void use_neurons(std::size_t cell, PerUnitExecutor<T>* neurons);
  // What the workers of this process do is recorded from now on: the rings of all workers from
  // `first` on, which each of them writes. None: nothing is.
  void use_trace(std::size_t first, std::vector<TraceRing> rings);
  // That of this process's first worker, for what it does besides; null: nothing is recorded.
  [[nodiscard]] TraceRing* trace() { return rings_.empty() ? nullptr : rings_.data(); }

  // Memory for the weight gradients that a schedule begins early (cell/schedule.h), where this
  // context's does; without it none are.
  [[nodiscard]] Status take_early_memory();

  // Outputs of the last layer (rows, outputs), without dropout; valid until the next call. With a
  // softmax loss these are logits.
  math::PanelView<const T> infer(std::span<const T> parameters, math::PanelView<const T> inputs);
  // The same, then the softmax where the loss has one: what a model predicts.
  math::PanelView<const T> predict(std::span<const T> parameters, math::PanelView<const T> inputs);
  // What the last call gave.
  [[nodiscard]] math::PanelView<const T> outputs() const;
  // infer(), then loss and hits.
  BatchSums evaluate(std::span<const T> parameters, const BatchView<T>& batch);

  // Where a step stands: keys of dropout, leaves of the gradient, the rule of the update.
  struct Step {
    std::uint64_t seed = 0;
    std::uint64_t number = 0;
    std::size_t leaf_rows = 0;
    math::UpdateRule<T> rule;
  };
  // One whole training step: the weights and moments are changed in place.
  BatchSums train(store::Weights<T>& weights, const BatchView<T>& batch, const Step& step);

  // The two halves of train(), for a context of one cell: the part of this process's workers, and
  // the sums over the rows, once the workers of the last stage have met. When the context was
  // abandoned meanwhile, what either wrote is worth nothing.
  void step(store::Weights<T>& weights, const BatchView<T>& batch, const Step& step);
  [[nodiscard]] BatchSums sums(std::size_t rows, std::size_t leaf_rows,
                               const T* sample_weights = nullptr);

  // The parts of step(), for a cell whose replicas have memory of their own: forward and backward;
  // then sums of gradients of rows [first, first + rows), which begin at a leaf, written where the
  // weights lie in the region of parameters (unscaled); then the update by such sums.
  void pass(store::Weights<T>& weights, const BatchView<T>& batch, const Step& step);
  void gradients(const BatchView<T>& batch, std::size_t leaf_rows, math::Range rows,
                 std::span<T> sums);
  void update(store::Weights<T>& weights, const Step& step, std::span<const T> sums);

  // The sum of the bits (math/bit_sum.h) of all weights and moments that this process's workers
  // have written in the last step() or update().
  [[nodiscard]] std::uint64_t written() const;

  // numbers(begin, end): ranges of the region of parameters, all that this worker ever changes.
  template <class Numbers>
  void for_own_weights(const Worker& worker, Numbers numbers) const;

 private:
  // A step as all workers see it.
  struct Work {
    store::Weights<T>& weights;
    const BatchView<T>& batch;
    const Step& step;
  };
  void train_part(const Worker& worker, const Work& work);
  void forward_part(const Worker& worker, const Work& work, std::size_t number, math::Range rows);
  void backward_part(const Worker& worker, const Work& work, std::size_t number, math::Range rows);
  void early_part(const Worker& worker, const Work& work, std::size_t done);
  void update_part(const Worker& worker, const Work& work);
  template <class Part>
  void by_all(Part part);
  [[nodiscard]] PerUnitExecutor<T>* neurons(const Worker& worker) const {
    return per_unit_.empty() ? nullptr : per_unit_[worker.cell()];
  }
  void forward_dense(const Worker& worker, std::size_t layer, std::span<const T> parameters,
                     math::PanelView<const T> inputs, const Tile& tile);
  void forward_dropout(const Worker& worker, std::size_t layer, const Work& work, const Tile& tile);
  void take_loss(const BatchView<T>& batch, math::Range rows, bool with_errors);
  void count_hits(const BatchView<T>& batch, math::Range rows);
  void product_below(const Worker& worker, std::size_t layer, std::size_t below,
                     std::span<const T> parameters, const Tile& tile);
  void activation_below(const Worker& worker, std::size_t layer, std::size_t below,
                        const Tile& tile);
  void gradient_dense(const Worker& worker, std::size_t layer, math::PanelView<const T> inputs,
                      math::Range rows, std::size_t leaf_rows, const WeightTile& tile,
                      const math::WeightUpdate<T>& update);
  void store_gradients(const Worker& worker, math::PanelView<const T> inputs, math::Range rows,
                       std::size_t leaf_rows, std::span<T> sums);
  // Of the one worker that begins early, as the region of parameters lies.
  [[nodiscard]] std::span<T> early_sums() {
    return {reinterpret_cast<T*>(early_.writable().data()), plan_.numbers};
  }
  [[nodiscard]] WeightTile weights_of(const Worker& worker, std::size_t layer) const;
  // A worker's own; null: nothing is recorded.
  [[nodiscard]] TraceRing* ring(const Worker& worker) {
    return rings_.empty() ? nullptr : &rings_[worker.index - first_ring_];
  }
  // What it does from now on is about that.
  void trace_at(const Worker& worker, const Step& step, std::uint32_t microbatch = kNoMicrobatch) {
    if (TraceRing* const own = ring(worker)) own->at(step.number, microbatch);
  }
  // Does what makes a worker wait for others, and counts the time.
  template <class Waiting>
  void counted(const Worker& worker, TraceSpan::Kind what, Waiting waiting) {
    const std::int64_t begun = monotonic_ns();
    waiting();
    const std::int64_t ended = monotonic_ns();
    context_->add_wait(worker, ended - begun);
    if (TraceRing* const own = ring(worker)) own->record(what, begun, ended);
  }
  void wait_for_cell(const Worker& worker);
  // Before a worker goes from numbers that were cut one way to numbers that are cut another way.
  void meet(const Worker& worker, Cut from, Cut to);
  [[nodiscard]] Tile whole(std::size_t layer) const;
  [[nodiscard]] Tile tile(const Worker& worker, std::size_t layer, math::Range rows) const;
  BatchSums sum_rows(std::size_t rows, std::size_t leaf_rows, const T* sample_weights);

  // The borders of a slice (network_links.cc). A frame carries the rows of one microbatch.
  void expect_frames(const Worker& worker, const Work& work, math::Range rows, std::size_t count);
  void receive(const Worker& worker, wire::Receiver* from, TraceSpan::Kind what);
  void send_up(const Worker& worker, const Work& work, std::size_t number, math::Range rows);
  void send_down(const Worker& worker, const Work& work, std::size_t number, math::Range rows);
  [[nodiscard]] wire::MutableBlocks activations_of(std::size_t layer, math::Range rows) const;
  [[nodiscard]] wire::MutableBlocks errors_of(std::size_t layer, math::Range rows) const;
  [[nodiscard]] const nn::LayerRange& slice(const Worker& worker) const;
  math::PanelView<const T> input_of(std::size_t layer, math::PanelView<const T> inputs) const;

  const nn::ModelPlan& plan_;
  Workspace<T>& workspace_;
  const math::ProductKernels<T>& products_;
  const math::ElementKernels<T>& elements_;
  StageContext* context_;
  std::vector<PerUnitExecutor<T>*> per_unit_;  // by cell; empty: nobody has a thread a neuron
  const nn::LayerRange all_;                   // layers
  std::vector<Cut> cuts_;                      // of each layer
  std::size_t rows_ = 0;          // of the batch at hand; written before the workers begin
  std::vector<TraceRing> rings_;  // of workers from first_ring_ on; empty: nobody records
  std::size_t first_ring_ = 0;
  std::vector<math::BitSum> written_;  // by each worker in its last update
  os::Mapping early_;                  // early_sums(); empty: none begins early
  std::size_t early_rows_ = 0;  // of the batch at hand that they are of; the one worker's own
};

template <class T>
template <class Part>
void Network<T>::by_all(Part part) {
  if (context_ == nullptr) {
    part(Worker{});
  } else {
    context_->team().run(part);
  }
}

template <class T>
template <class Numbers>
void Network<T>::for_own_weights(const Worker& worker, Numbers numbers) const {
  const auto [begin, end] = slice(worker);
  for (std::size_t layer = begin; layer < end; ++layer) {
    const nn::LayerPlan& plan = plan_.layers[layer];
    if (!plan.is_dense()) continue;
    const WeightTile tile = weights_of(worker, layer);
    const std::size_t first = tile.in_panels.begin * math::kLanes;
    const std::size_t last = std::min(tile.in_panels.end * math::kLanes, plan.inputs);
    for (std::size_t p = tile.out_panels.begin; p < tile.out_panels.end; ++p) {
      const std::size_t panel = plan.offset + p * plan.panel_stride();
      if (first < last) numbers(panel + first * math::kLanes, panel + last * math::kLanes);
      if (tile.bias) {
        const std::size_t bias = panel + plan.inputs * math::kLanes;
        numbers(bias, bias + math::kLanes);
      }
    }
  }
}

}  // namespace forknet::cell
