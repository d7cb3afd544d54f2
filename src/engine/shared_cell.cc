// A cell whose arena and weights are mapped by all cells.
#include "base/try.h"
#include "engine/arena.h"
#include "engine/cell_parts.h"
#include "engine/cell_worker.h"
#include "nn/optimizer.h"
#include "os/failpoint.h"

namespace forknet::run {
namespace {

template <class T>
class SharedCell final : public Cell {
 public:
  SharedCell(const CellJob& job, store::Weights<T> weights, cell::Workspace<T> workspace,
             std::span<std::byte> context_memory, std::span<double> squares)
      : job_(job),
        weights_(std::move(weights)),
        workspace_(std::move(workspace)),
        context_memory_(context_memory),
        squares_(squares),
        batches_(job, job.spec.cell % job.spec.grid.shape.replicas * job.spec.grid.shape.threads) {}

  Status open() {
    job_.coordinator.put_arena(job_.spec.cell, context_memory_.size() + weights_.memory().size());
    if (job_.spec.grid.neurons) {
      FORKNET_ASSIGN(per_unit_, neurons_of<T>(job_.engine, job_.spec.cell));
    }
    return batches_.open();
  }

  Status enter(std::uint32_t generation) override {
    FORKNET_ASSIGN(context_, cell::StageContext::of_cell(job_.spec.grid, job_.spec.cell,
                                                         context_memory_, generation,
                                                         job_.coordinator.traffic(job_.spec.cell)));
    network_.emplace(job_.engine.plan, workspace_, job_.engine.target, context_.get());
    network_->leave_untouched_lines();
    if (per_unit_ != nullptr) network_->use_per_unit_threads(job_.spec.cell, per_unit_.get());
    network_->use_trace(job_.spec.cell * job_.spec.grid.shape.threads,
                        rings_of_cell(job_.engine, job_.spec.cell));
    FORKNET_TRY(network_->take_early_memory());
    if (job_.engine.config.train.clip_norm > 0) FORKNET_TRY(network_->take_norm_memory(squares_));
    return write_own_numbers_only();
  }
  Status begin(std::uint64_t) override { return {}; }

  Status step(std::uint64_t number) override {
    const data::Batch<T>& batch = batches_.take(number, network_->trace());
    weights_.turn_to(number);
    network_->step(weights_, batches_.view(number, batch, {0, batch.rows}),
                   step_of<T>(job_.engine, number, batch.rows));
    FORKNET_TRY(context_->whole());
    job_.coordinator.put_written(job_.spec.cell, number + 1, network_->written());
    // All replicas of the last stage passed a barrier before they changed its weights.
    const cell::GridShape& shape = job_.spec.grid.shape;
    if (job_.spec.cell == (shape.stages - 1) * shape.replicas) {
      FORKNET_FAILPOINT("cell/figures");
      job_.coordinator.put_figures(
          number, network_->sums(job_.engine.rows_of(batch.rows),
                                 job_.engine.rows_of(job_.engine.leaf_rows), batch.sample_weights));
    }
    return {};
  }
  Status after_step(std::uint64_t) override { return {}; }

  void leave() override {
    network_.reset();
    context_.reset();
  }
  [[nodiscard]] std::uint64_t wait_ns() const override { return context_->wait_ns(job_.spec.cell); }

 private:
  // Call once: every generation has the same shares.
  Status write_own_numbers_only() {
    if (restricted_) return {};
    restricted_ = true;
    const cell::GridShape& shape = job_.spec.grid.shape;
    std::vector<typename store::Weights<T>::Numbers> numbers;
    for (std::size_t thread = 0; thread < shape.threads; ++thread) {
      network_->for_own_weights({job_.spec.cell * shape.threads + thread, shape},
                                [&](std::size_t begin, std::size_t end) {
                                  numbers.push_back({begin, end});
                                });
    }
    FORKNET_TRY(weights_.write_only(numbers));
    weights_.forget_fd();
    return {};
  }

  const CellJob& job_;
  store::Weights<T> weights_;
  cell::Workspace<T> workspace_;
  const std::span<std::byte> context_memory_;
  const std::span<double> squares_;  // of the gradient; all cells map them
  Batches<T> batches_;
  std::unique_ptr<cell::PerUnitExecutor<T>> per_unit_;
  std::unique_ptr<cell::StageContext> context_;  // of the current generation
  std::optional<cell::Network<T>> network_;
  bool restricted_ = false;
};

}  // namespace

template <class T>
Status work_in_shared_memory(const CellJob& job, os::Fd weights_fd, std::span<std::byte> arena) {
  const EngineJob& engine = job.engine;
  FORKNET_ASSIGN(auto weights, map_weights<T>(job, std::move(weights_fd)));
  const auto sizes =
      arena_sizes<T>(job.spec.grid.shape, engine.plan, engine.config, engine.sampler.batch());
  auto workspace = cell::Workspace<T>::over(arena.subspan(sizes.workspace_at), engine.plan,
                                            engine.sampler.batch(), cell::WorkspaceUse::training);
  const std::span<std::byte> squares = arena.subspan(sizes.squares_at);
  SharedCell<T> cell(job, std::move(weights), std::move(workspace), arena,
                     {reinterpret_cast<double*>(squares.data()), squares.size() / sizeof(double)});
  FORKNET_TRY(cell.open());
  return live(job, cell);
}

template Status work_in_shared_memory<float>(const CellJob&, os::Fd, std::span<std::byte>);
template Status work_in_shared_memory<double>(const CellJob&, os::Fd, std::span<std::byte>);

}  // namespace forknet::run
