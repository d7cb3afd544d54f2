// Computes one batch: forward through the layers, loss, errors backward, gradients and update, in
// the caller's memory, in the caller's thread alone or by the workers of a context, each its part
// (shares.h). It meets other workers, moves frames, counts time and calls layers (nn/layer.h) on
// tiles; it knows no files, no processes, and what no layer computes. T is float or double.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/trace_ring.h"
#include "cell/per_unit_executor.h"
#include "cell/shares.h"
#include "cell/square_sums.h"
#include "cell/stage_context.h"
#include "cell/workspace.h"
#include "math/element_kernels.h"
#include "math/product_kernels.h"
#include "math/target.h"
#include "nn/layer.h"
#include "nn/model_plan.h"
#include "nn/row_sums.h"
#include "os/mapping.h"
#include "store/weights.h"

namespace forknet::cell {

// Inputs of which every worker of a context has its own copy. The workers of the first stage
// request it once per step, concurrently; it stays valid until the step is over.
template <class T>
class OwnInputs {
 public:
  virtual ~OwnInputs() = default;
  virtual void copy(const Worker& worker) = 0;
  [[nodiscard]] virtual math::PanelView<const T> of(const Worker& worker) const = 0;
};

// A batch prepared by src/data: inputs (rows, features), labels or targets (rows, outputs).
template <class T>
struct BatchView {
  math::PanelView<const T> inputs;
  const std::uint32_t* labels = nullptr;
  math::PanelView<const T> targets;
  const std::uint32_t* samples = nullptr;  // row numbers in the data set, the keys of dropout
  OwnInputs<T>* own_inputs = nullptr;      // null: all workers read `inputs`
  const T* sample_weights = nullptr;       // (rows); null: equal weights

  [[nodiscard]] math::PanelView<const T> inputs_of(const Worker& worker) const {
    return own_inputs == nullptr ? inputs : own_inputs->of(worker);
  }
};

using BatchSums = nn::RowSums;

template <class T>
class Network {
 public:
  // Keeps references: plan, workspace and context outlive the network. Without a context the
  // caller's thread computes everything. Only train() and step() use the context.
  Network(const nn::ModelPlan& plan, Workspace<T>& workspace, math::Target target,
          StageContext* context = nullptr);
  // From now on the layers of `cell` are computed by one thread per unit; the context has one
  // thread per cell.
  void use_per_unit_threads(std::size_t cell, PerUnitExecutor<T>* neurons);
  // Traces the workers of this process from now on. `rings`: one per worker, from worker `first`
  // on; each worker writes its own. Empty: no trace.
  void use_trace(std::size_t first, std::vector<TraceRing> rings);
  // The ring of this process's first worker, for its other work; null: no trace.
  [[nodiscard]] TraceRing* trace() { return rings_.empty() ? nullptr : rings_.data(); }

  // From now on nothing but the steps of this network changes its weights, so that a step may leave
  // rows of an embedding alone. A step that is not the next one writes everything again.
  void leave_untouched_lines();

  // Allocates memory for weight gradients that a schedule begins early (cell/schedule.h), if that
  // of the context does. Without this call none begin early.
  [[nodiscard]] Status take_early_memory();

  // Allocates memory for steps that clip the norm of the gradient (Step::clip_norm); required
  // before the first. `squares`: SquareSums::count(plan) numbers that all cells in shared memory
  // map; else empty.
  [[nodiscard]] Status take_norm_memory(std::span<double> squares = {});

  // Outputs of the last layer (samples, outputs), without dropout; valid until the next call. Of
  // several members, whose rows the inputs have one after the other, one output a sample
  // (nn/members/average.h).
  math::PanelView<const T> infer(std::span<const T> parameters, math::PanelView<const T> inputs);
  // The same, then the link of the loss, such as a softmax: the predictions of a model.
  math::PanelView<const T> predict(std::span<const T> parameters, math::PanelView<const T> inputs);
  // The result of the last call.
  [[nodiscard]] math::PanelView<const T> outputs() const;
  // The same, then the link of the loss; once after each call.
  math::PanelView<const T> predictions();
  // infer(), then loss and correct rows; labels, targets and weights are those of samples.
  BatchSums evaluate(std::span<const T> parameters, const BatchView<T>& batch);

  // The parameters of a step: keys of dropout, leaves of the gradient, the update rule.
  struct Step {
    std::uint64_t seed = 0;
    std::uint64_t number = 0;
    std::size_t leaf_rows = 0;
    math::UpdateRule<T> rule;
    // Of parameters outside of `decay_scope`; without it `rule` is that of all.
    std::optional<math::UpdateRule<T>> undecayed = {};
    nn::DecayScope decay_scope = {};
    double clip_norm = 0;  // the largest norm of the gradient of all parameters; 0: any
  };
  // One complete training step; changes weights and moments in place.
  BatchSums train(store::Weights<T>& weights, const BatchView<T>& batch, const Step& step);

  // The two halves of train(), for a context of one cell: the part of this process's workers, and
  // the sums over the samples (of members the mean), after the last barrier of the last stage. If
  // the context was abandoned meanwhile, the results must not be used.
  void step(store::Weights<T>& weights, const BatchView<T>& batch, const Step& step);
  [[nodiscard]] BatchSums sums(std::size_t rows, std::size_t leaf_rows,
                               const T* sample_weights = nullptr);

  // The parts of step(), for replicas with private memory: pass() computes forward and backward;
  // gradients() writes the unscaled gradient sums of `rows` of that batch, which begin at a leaf,
  // in the layout of the region of parameters; update() applies such sums.
  void pass(store::Weights<T>& weights, const BatchView<T>& batch, const Step& step);
  void gradients(std::size_t leaf_rows, math::Range rows, std::span<T> sums);
  void update(store::Weights<T>& weights, const Step& step, std::span<const T> sums);

  // The sum of the bits (math/bit_sum.h) of all weights and moments that this process's workers
  // wrote in the last step() or update().
  [[nodiscard]] std::uint64_t written() const;

  // Calls numbers(begin, end) for each range of the region of parameters that this worker changes.
  template <class Numbers>
  void for_own_weights(const Worker& worker, Numbers numbers) const;

 private:
  // The inputs of a step, the same for all workers.
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
  // A step that clips the norm of the gradient (network_norm.cc): the gradient must be known before
  // any of it is applied.
  void clipped_step(const Work& work);
  void clipped_update(store::Weights<T>& weights, const Step& step, std::span<const T> sums);
  void apply_own(const Worker& worker, store::Weights<T>& weights, const Step& step,
                 std::span<const T> sums);
  [[nodiscard]] double squares_of_grid(const Step& step);
  [[nodiscard]] Result<double> squares_over_links(const Step& step);
  template <class Part>
  void by_all(Part part);
  [[nodiscard]] PerUnitExecutor<T>* neurons(const Worker& worker) const {
    return per_unit_.empty() ? nullptr : per_unit_[worker.cell()];
  }
  // The memory of a layer in the current batch, with those inputs.
  [[nodiscard]] nn::LayerStep<T> views_of(std::size_t layer, math::PanelView<const T> inputs) const;
  // Fills steps_ of the worker for its layers.
  void look_at(const Worker& worker, const Work& work);
  [[nodiscard]] const nn::LayerStep<T>& memory_of(const Worker& worker, std::size_t layer) const {
    return steps_[worker.index][layer];
  }
  void forward_layer(const Worker& worker, std::size_t layer, const nn::LayerStep<T>& step,
                     const Tile& tile);
  void take_loss(const Worker& worker, const BatchView<T>& batch, math::Range rows,
                 bool with_errors);
  [[nodiscard]] bool multiplies(std::size_t layer) const {
    return plan_.layers[layer].kind->traits().multiplies;
  }
  // By threads of its own, if the worker has them.
  [[nodiscard]] bool by_units(std::size_t layer) const {
    return plan_.layers[layer].kind->traits().by_units;
  }
  void hand_down(const Worker& worker, std::size_t layer, std::size_t below, const Tile& tile);
  void take_errors(const Worker& worker, std::size_t layer, std::size_t below, const Tile& tile);
  void sum_gradients(const Worker& worker, const nn::LayerStep<T>& step, std::size_t layer,
                     std::size_t block, math::Range rows, std::size_t leaf_rows,
                     const math::WeightUpdate<T>& update);
  // `before`: sums of earlier rows in the same layout, which come first; null: none.
  void store_gradients(const Worker& worker, math::Range rows, std::size_t leaf_rows,
                       std::span<T> sums, const T* before = nullptr);
  // Sums of the one worker that begins early, in the layout of the region of parameters.
  [[nodiscard]] std::span<T> early_sums() {
    return {reinterpret_cast<T*>(early_.writable().data()), plan_.numbers};
  }
  [[nodiscard]] std::span<T> gradient_sums() {
    return {reinterpret_cast<T*>(gradient_.writable().data()), plan_.numbers};
  }
  // Rows of the current batch whose weight gradients the worker's stage has summed early.
  [[nodiscard]] std::size_t early_rows(const Worker& worker) const {
    return worker.stage() == 0 ? early_rows_ : 0;
  }
  [[nodiscard]] WeightTile weights_of(const Worker& worker, std::size_t layer,
                                      std::size_t block) const;
  // Calls lines(first, count) for each range of lines of a block that this worker changes.
  template <class Lines>
  void for_own_lines(const Worker& worker, std::size_t layer, std::size_t block, Lines lines) const;
  // The ring of a worker; null: no trace.
  [[nodiscard]] TraceRing* ring(const Worker& worker) {
    return rings_.empty() ? nullptr : &rings_[worker.index - first_ring_];
  }
  // Sets step and microbatch of the worker's following spans.
  void trace_at(const Worker& worker, const Step& step, std::uint32_t microbatch = kNoMicrobatch) {
    if (TraceRing* const own = ring(worker)) own->at(step.number, microbatch);
  }
  // Runs a call that waits for other workers, and counts the time.
  template <class Waiting>
  void counted(const Worker& worker, TraceSpan::Kind what, Waiting waiting) {
    const std::int64_t begun = monotonic_ns();
    waiting();
    const std::int64_t ended = monotonic_ns();
    context_->add_wait(worker, ended - begun);
    if (TraceRing* const own = ring(worker)) own->record(what, begun, ended);
  }
  void wait_for_cell(const Worker& worker);
  // A barrier of the cell, if the partition changes so that a worker reads numbers of others.
  void synchronize(const Worker& worker, Cut from, Cut to);
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

  const nn::ModelPlan& plan_;
  Workspace<T>& workspace_;
  const math::Target target_;
  const math::ProductKernels<T>& products_;
  const math::ElementKernels<T>& elements_;
  const std::vector<std::unique_ptr<nn::Layer<T>>> layers_;
  StageContext* context_;
  std::vector<PerUnitExecutor<T>*> per_unit_;   // by cell; empty: no threads per unit
  const nn::LayerRange all_;                    // layers
  std::vector<Cut> cuts_;                       // by layer
  std::vector<std::vector<BlockLines>> lines_;  // by layer and block
  std::size_t rows_ = 0;           // of the current batch; written before the workers begin
  std::span<const T> parameters_;  // that it reads; likewise
  std::vector<std::vector<nn::LayerStep<T>>> steps_;    // by worker, who writes its own, and layer
  std::vector<std::vector<nn::TouchedLines>> touched_;  // likewise; empty: steps write everything
  std::vector<TraceRing> rings_;  // of workers from first_ring_ on; empty: no trace
  std::size_t first_ring_ = 0;
  std::size_t loss_numbers_ = 0;  // of the loss, for each worker
  std::vector<T> loss_scratch_;
  std::vector<math::BitSum> written_;  // by worker, in its last update
  os::Mapping early_;                  // early_sums(); empty: no early gradients
  std::size_t early_rows_ = 0;         // rows of the current batch in them; used by one worker
  os::Mapping gradient_;               // gradient_sums(); empty: no norms are clipped
  std::vector<double> own_squares_;    // memory of squares_, unless cells share it
  std::optional<SquareSums> squares_;
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
template <class Lines>
void Network<T>::for_own_lines(const Worker& worker, std::size_t layer, std::size_t number,
                               Lines lines) const {
  const nn::BlockPlan& block = plan_.layers[layer].blocks[number];
  const WeightTile tile = weights_of(worker, layer, number);
  const std::size_t last = block.lines - 1;  // line
  const std::size_t first = tile.in_panels.begin * math::kLanes;
  const std::size_t end = std::min(tile.in_panels.end * math::kLanes, last);
  for (std::size_t p = tile.out_panels.begin; p < tile.out_panels.end; ++p) {
    if (first < end) lines(p * block.lines + first, end - first);
    if (tile.bias) lines(p * block.lines + last, std::size_t{1});
  }
}

template <class T>
template <class Numbers>
void Network<T>::for_own_weights(const Worker& worker, Numbers numbers) const {
  const auto [begin, end] = slice(worker);
  for (std::size_t layer = begin; layer < end; ++layer) {
    for (std::size_t b = 0; b < plan_.layers[layer].blocks.size(); ++b) {
      const std::size_t offset = plan_.layers[layer].blocks[b].offset;
      for_own_lines(worker, layer, b, [&](std::size_t first, std::size_t count) {
        numbers(offset + first * math::kLanes, offset + (first + count) * math::kLanes);
      });
    }
  }
}

}  // namespace forknet::cell
