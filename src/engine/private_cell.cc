// A cell with private memory, behind pipes.
#include "base/try.h"
#include "engine/cell_parts.h"
#include "engine/cell_worker.h"
#include "engine/pipes.h"
#include "os/event.h"
#include "os/failpoint.h"
#include "state/live_state.h"
#include "wire/subtrees.h"

namespace forknet::run {
namespace {

template <class T>
class PrivateCell final : public Cell {
 public:
  PrivateCell(const CellJob& job, store::Weights<T> weights, PipeEnds ends)
      : job_(job),
        plan_(job.engine.plan),
        stage_(stage_of(job.spec)),
        slice_(job.spec.grid.slices[stage_]),
        replica_(job.spec.cell % job.spec.grid.shape.replicas),
        ends_(std::move(ends)),
        weights_(std::move(weights)),
        batches_(job, 0) {}

  Status open() {
    const EngineJob& engine = job_.engine;
    FORKNET_ASSIGN(workspace_, cell::Workspace<T>::of_slice(plan_, slice_, most_rows(),
                                                            engine.sampler.batch()));
    const auto [begin, end] = numbers_of(plan_, slice_);
    job_.coordinator.put_arena(job_.spec.cell,
                               workspace_->bytes() + weights_.bytes_of(end - begin));
    if (job_.spec.grid.neurons) {
      FORKNET_ASSIGN(per_unit_, neurons_of<T>(engine, job_.spec.cell));
    }
    return batches_.open([this](std::size_t rows) { return rows_of(rows); });
  }

  Status enter(std::uint32_t generation) override {
    generation_ = generation;
    FORKNET_ASSIGN(std::vector<os::Fd> ends, ends_(generation));
    if (ends.empty()) return {};  // a newer generation has begun
    channels_ = channels_of(*job_.spec.transport, job_.spec.grid.shape, job_.spec.cell,
                            std::move(ends), {generation, &job_.coordinator.generation_now()},
                            job_.coordinator.traffic(job_.spec.cell));
    FORKNET_TRY(open_context());
    network_.emplace(plan_, *workspace_, job_.engine.target, context_.get());
    if (per_unit_ != nullptr) network_->use_per_unit_threads(stage_, per_unit_.get());
    network_->use_trace(stage_ * job_.spec.grid.shape.threads,
                        rings_of_cell(job_.engine, job_.spec.cell));
    if (job_.engine.config.train.clip_norm > 0) FORKNET_TRY(network_->take_norm_memory());
    if (replicas() == 1) return network_->take_early_memory();
    FORKNET_ASSIGN(reducer_,
                   cell::Reducer<T>::create(plan_, slice_, std::move(channels_.replicas),
                                            leaves_of(job_.engine.sampler.batch()), generation));
    return {};
  }

  Status begin(std::uint64_t step) override {
    weights_.turn_to(step);
    if (!job_.coordinator.has_weights(job_.spec.cell)) {
      FORKNET_FAILPOINT("first_weights/receive/before");
      {
        if (TraceRing* const ring = network_->trace()) ring->at(step);
        const TraceScope waiting(network_->trace(), TraceSpan::Kind::await_weights);
        FORKNET_TRY(receive_first_weights(step));
      }
      FORKNET_FAILPOINT("first_weights/receive/after");
      job_.coordinator.put_has_weights(job_.spec.cell);
      os::tell(job_.event);
    }
    return job_.coordinator.undrained() ? hand_back(step) : Status();
  }

  Status step(std::uint64_t number) override {
    const data::Batch<T>& batch = batches_.take(number, network_->trace());
    const auto own = batches_.view(number, batch, rows_of(batch.rows));
    const auto step = step_of<T>(job_.engine, number, batch.rows);
    weights_.turn_to(number);
    if (reducer_ == nullptr) {
      network_->step(weights_, own, step);
    } else {
      network_->pass(weights_, own, step);
      FORKNET_TRY(context_->whole());
      FORKNET_TRY(reducer_->finish(*network_, *workspace_, weights_, own, step,
                                   job_.engine.rows_of(batch.rows)));
    }
    FORKNET_TRY(context_->whole());
    // Only the first replica's cell updates weights; the others receive copies.
    if (replica_ == 0) {
      job_.coordinator.put_written(job_.spec.cell, number + 1, network_->written());
    }
    if (slice_.end == plan_.layers.size() && replica_ == 0) {
      FORKNET_FAILPOINT("cell/figures");
      job_.coordinator.put_figures(
          number, network_->sums(job_.engine.rows_of(batch.rows),
                                 job_.engine.rows_of(job_.engine.leaf_rows), batch.sample_weights));
    }
    return {};
  }

  // The Supervisor reads the weights at every rest.
  Status after_step(std::uint64_t steps) override {
    if (channels_.back == nullptr || !rests_after(steps)) return {};
    weights_.turn_to(steps);
    return hand_back(steps);
  }

  void leave() override {
    reducer_.reset();
    network_.reset();
    context_.reset();
    channels_ = {};
  }
  [[nodiscard]] std::uint64_t wait_ns() const override { return context_->wait_ns(stage_); }

 private:
  [[nodiscard]] std::size_t replicas() const { return job_.spec.grid.shape.replicas; }
  [[nodiscard]] std::size_t leaves_of(std::size_t rows) const {
    return (rows + job_.engine.leaf_rows - 1) / job_.engine.leaf_rows;
  }
  // The last leaf of a full batch can be shorter than a leaf of a shorter batch.
  [[nodiscard]] std::size_t most_rows() const {
    const std::size_t batch = job_.engine.sampler.batch();
    const auto leaves = wire::leaves_of(replica_, replicas(), leaves_of(batch));
    return std::min(batch, (leaves.end - leaves.begin) * job_.engine.leaf_rows);
  }
  // This cell's share of a batch: whole leaves.
  [[nodiscard]] math::Range rows_of(std::size_t batch_rows) const {
    const auto leaves = wire::leaves_of(replica_, replicas(), leaves_of(batch_rows));
    return {std::min(batch_rows, leaves.begin * job_.engine.leaf_rows),
            std::min(batch_rows, leaves.end * job_.engine.leaf_rows)};
  }

  Status open_context() {
    cell::GridPlan own = job_.spec.grid;
    own.shape.replicas = 1;  // within this cell's memory
    own.pins = own_pins();
    FORKNET_ASSIGN(context_, cell::StageContext::of_private_cell(
                                 std::move(own), stage_, std::move(channels_.links), generation_));
    return {};
  }

  // Indexed by the workers of a grid of one replica.
  [[nodiscard]] std::vector<int> own_pins() const {
    const cell::GridPlan& grid = job_.spec.grid;
    if (grid.pins.empty()) return {};
    const std::size_t threads = grid.shape.threads;
    std::vector<int> pins(grid.shape.stages * threads);
    for (std::size_t i = 0; i < threads; ++i) {
      pins[stage_ * threads + i] = grid.pins[job_.spec.cell * threads + i];
    }
    return pins;
  }

  [[nodiscard]] bool rests_after(std::uint64_t steps) {
    const TraceScope waiting(network_->trace(), TraceSpan::Kind::await_step);
    return job_.coordinator.rests_after(steps, generation_, 0);
  }
  Status receive_first_weights(std::uint64_t step) {
    for (std::size_t region = 0; region < weights_.regions(); ++region) {
      FORKNET_TRY(cell::receive_weights<T>(*channels_.start, plan_, slice_, weights_.region(region),
                                           what(step, region)));
    }
    return {};
  }
  Status hand_back(std::uint64_t steps) {
    if (channels_.back == nullptr) return {};
    const TraceScope sending(network_->trace(), TraceSpan::Kind::send_weights);
    FORKNET_FAILPOINT("hand_back/before");
    for (std::size_t region = 0; region < weights_.regions(); ++region) {
      FORKNET_TRY(cell::send_weights<T>(*channels_.back, plan_, slice_, weights_.region(region),
                                        what(steps, region)));
    }
    FORKNET_FAILPOINT("hand_back/after");
    return {};
  }
  [[nodiscard]] cell::TransferHead what(std::uint64_t steps, std::size_t region) const {
    return {generation_, steps, static_cast<std::uint32_t>(region)};
  }

  const CellJob& job_;
  const nn::ModelPlan& plan_;
  const std::size_t stage_;
  const nn::LayerRange slice_;
  const std::size_t replica_;
  const PipeEnds ends_;
  store::Weights<T> weights_;
  std::optional<cell::Workspace<T>> workspace_;
  Batches<T> batches_;
  std::unique_ptr<cell::PerUnitExecutor<T>> per_unit_;

  // Of the current generation.
  std::uint32_t generation_ = 0;
  CellChannels channels_;
  std::unique_ptr<cell::StageContext> context_;
  std::optional<cell::Network<T>> network_;
  std::unique_ptr<cell::Reducer<T>> reducer_;
};

}  // namespace

template <class T>
Status work_behind_pipes(const CellJob& job, os::Fd weights_fd, PipeEnds ends) {
  FORKNET_ASSIGN(auto weights, map_weights<T>(job, std::move(weights_fd)));
  weights.forget_fd();
  PrivateCell<T> cell(job, std::move(weights), std::move(ends));
  FORKNET_TRY(cell.open());
  return live(job, cell);
}

template Status work_behind_pipes<float>(const CellJob&, os::Fd, PipeEnds);
template Status work_behind_pipes<double>(const CellJob&, os::Fd, PipeEnds);

}  // namespace forknet::run
