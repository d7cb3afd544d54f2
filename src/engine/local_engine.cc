#include <algorithm>

#include "base/clock.h"
#include "base/try.h"
#include "data/loader.h"
#include "engine/engine.h"
#include "engine/tracing.h"
#include "engine/worker_inputs.h"
#include "nn/optimizer.h"
#include "os/cpu.h"
#include "os/process.h"
#include "os/scheduler_slice.h"
#include "settings/layout.h"

namespace forknet::run {

template <class T>
typename cell::Network<T>::Step step_of(const EngineJob& job, std::uint64_t step,
                                        std::size_t rows) {
  const std::size_t all = job.rows_of(rows);
  const double lr = job.optimizer.learning_rate(step, job.total_steps, job.rates);
  typename cell::Network<T>::Step own = {job.config.run.seed,
                                         step,
                                         job.rows_of(job.leaf_rows),
                                         job.optimizer.rule<T>(lr, step, all, job.target),
                                         {},
                                         job.optimizer.decay_scope(),
                                         0};
  if (job.optimizer.decays()) {
    own.undecayed = job.optimizer.undecayed_rule<T>(lr, step, all, job.target);
  }
  const TrainConfig& train = job.config.train;
  own.clip_norm = train.clip_norm;
  own.rule.clip = static_cast<T>(train.clip_value);
  if (own.undecayed) own.undecayed->clip = own.rule.clip;
  return own;
}

template cell::Network<float>::Step step_of<float>(const EngineJob&, std::uint64_t, std::size_t);
template cell::Network<double>::Step step_of<double>(const EngineJob&, std::uint64_t, std::size_t);

template <class T>
Result<std::unique_ptr<cell::PerUnitExecutor<T>>> neurons_of(const EngineJob& job,
                                                             std::size_t cell) {
  const std::size_t batch = job.rows_of(job.sampler.batch());
  const std::size_t leaf = job.rows_of(job.leaf_rows);
  return cell::PerUnitExecutor<T>::create(job.plan, job.grid.slices[cell / job.grid.shape.replicas],
                                          batch, (batch + leaf - 1) / leaf, job.optimizer.states(),
                                          job.target);
}

template Result<std::unique_ptr<cell::PerUnitExecutor<float>>> neurons_of<float>(const EngineJob&,
                                                                                 std::size_t);
template Result<std::unique_ptr<cell::PerUnitExecutor<double>>> neurons_of<double>(const EngineJob&,
                                                                                   std::size_t);

namespace {

template <class T>
class LocalEngine final : public Engine<T> {
 public:
  LocalEngine(const EngineJob& job, store::Weights<T>& weights, cell::Workspace<T> workspace,
              std::unique_ptr<cell::StageContext> context, std::unique_ptr<data::Loader<T>> loader,
              std::unique_ptr<WorkerInputs<T>> copies, Commits& commits)
      : job_(job),
        weights_(weights),
        workspace_(std::move(workspace)),
        context_(std::move(context)),
        network_(job.plan, workspace_, job.target, context_.get()),
        loader_(std::move(loader)),
        copies_(std::move(copies)),
        commits_(commits),
        done_(commits.committed()),
        pin_(context_ == nullptr ? std::nullopt : first_pin(job.grid, 0)),
        turns_(job.grid.several_with_cpus()) {
    network_.use_trace(0, rings_of_all(job_));
    if (job_.writes_alone) network_.leave_untouched_lines();
    add_cpu_times(os::pid(), cpu_before_);
  }

  Status start() {
    if (job_.config.train.clip_norm > 0) FORKNET_TRY(network_.take_norm_memory());
    if (!job_.grid.neurons) return network_.take_early_memory();
    for (std::size_t cell = 0; cell < job_.grid.shape.cells(); ++cell) {
      FORKNET_ASSIGN(auto own, neurons_of<T>(job_, cell));
      network_.use_per_unit_threads(cell, own.get());
      per_unit_.push_back(std::move(own));
    }
    return {};
  }

  void may_run_to(std::uint64_t) override {}

  Result<StepFigures> step(std::uint64_t step) override {
    if (step < done_) return replayed(commits_.figures(step));
    const std::int64_t begun = monotonic_ns();
    const data::Batch<T>& batch = acquire(step);
    StepFigures figures;
    std::uint64_t sum_before = 0;  // of the weights that the step does not change
    if (batch.rows > 0) {
      cell::BatchView<T> view = {batch.inputs.as_const(), batch.labels, batch.targets.as_const(),
                                 batch.samples};
      view.sample_weights = batch.sample_weights;
      if (copies_) view.own_inputs = &copies_->at(step, {0, batch.rows});
      figures.sums = network_.train(weights_, view, step_of<T>(job_, step, batch.rows));
    } else {
      weights_.keep_for_next();
      sum_before = weights_.bit_sum();
    }
    const bool changed = batch.rows > 0;
    loader_->release(step);
    if (context_ != nullptr) FORKNET_TRY(context_->whole());
    commits_.written.put(step + 1, changed ? network_.written() : sum_before);
    {
      const TraceScope committing(network_.trace(), TraceSpan::Kind::commit);
      commits_.commit_alone(step, figures.sums);
    }
    done_ = step + 1;
    weights_.turn_to(done_);
    figures.nanoseconds = monotonic_ns() - begun;
    return figures;
  }

  Result<std::uint64_t> settle() override { return done_; }
  std::span<const T> parameters() override { return std::as_const(weights_).parameters(); }

  std::vector<CellReport> report(double train_seconds) const override {
    static const wire::Traffic kNone;
    std::vector<CellReport> cells;
    for (std::size_t cell = 0; cell < job_.grid.shape.cells(); ++cell) {
      const bool alone = context_ == nullptr;
      cells.push_back(report_of(job_.grid, job_.plan, cell,
                                alone ? kNone : context_->traffic_in(cell),
                                alone ? kNone : context_->traffic_out(cell)));
      const std::uint64_t wait_ns = loader_->wait_ns() + (alone ? 0 : context_->wait_ns(cell));
      fill_times(cells.back(), train_seconds, static_cast<double>(wait_ns) * 1e-9);
      fill_process(cells.back(), os::pid(), train_seconds, cpu_before_);
      cells.back().arena_bytes = workspace_.bytes() + weights_.memory().size();
    }
    return cells;
  }

 private:
  const data::Batch<T>& acquire(std::uint64_t step) {
    if (TraceRing* const ring = network_.trace()) ring->at(step);
    const TraceScope waiting(network_.trace(), TraceSpan::Kind::await_data);
    return loader_->acquire(step);
  }

  const EngineJob job_;
  store::Weights<T>& weights_;
  cell::Workspace<T> workspace_;
  std::unique_ptr<cell::StageContext> context_;                      // null if there is one thread
  std::vector<std::unique_ptr<cell::PerUnitExecutor<T>>> per_unit_;  // by cell
  cell::Network<T> network_;
  std::unique_ptr<data::Loader<T>> loader_;
  std::unique_ptr<WorkerInputs<T>> copies_;  // null: all threads read the loader's inputs
  Commits& commits_;
  std::uint64_t done_;
  CpuTimes cpu_before_;  // of threads that started before the engine
  const os::PinScope pin_;
  const os::SchedulerSlice turns_;
};

}  // namespace

template <class T>
Result<std::unique_ptr<Engine<T>>> local_engine(const EngineJob& job, store::Weights<T>& weights,
                                                Commits& commits) {
  const std::uint64_t first_step = commits.committed();
  FORKNET_ASSIGN(auto workspace, cell::Workspace<T>::create(job.plan, job.sampler.batch(),
                                                            cell::WorkspaceUse::training));
  FORKNET_ASSIGN(auto context, context_for(job.grid));
  data::LoaderOptions options;
  options.first_step = first_step;
  options.last_step = std::max(job.total_steps, first_step);
  options.threads = static_cast<std::size_t>(job.config.data.loader_threads);
  options.gives_way = job.grid.fills_cpus() && !averages(job.config.grid);
  const cell::GridShape& shape = job.grid.shape;
  const bool own_inputs = WorkerInputs<T>::wanted(job, shape.workers());
  options.inputs = !own_inputs;
  options.target_columns = job.plan.classifies() ? 0 : job.plan.outputs;
  options.target = job.target;
  options.members = job.plan.members;
  FORKNET_ASSIGN(auto loader, data::Loader<T>::create(job.rows, job.sampler, options));
  std::unique_ptr<WorkerInputs<T>> copies;
  if (own_inputs) {
    FORKNET_ASSIGN(copies, WorkerInputs<T>::create(job, *loader, 0, shape.stage_workers()));
  }
  auto engine =
      std::make_unique<LocalEngine<T>>(job, weights, std::move(workspace), std::move(context),
                                       std::move(loader), std::move(copies), commits);
  FORKNET_TRY(engine->start());
  return std::unique_ptr<Engine<T>>(std::move(engine));
}

template Result<std::unique_ptr<Engine<float>>> local_engine(const EngineJob&,
                                                             store::Weights<float>&, Commits&);
template Result<std::unique_ptr<Engine<double>>> local_engine(const EngineJob&,
                                                              store::Weights<double>&, Commits&);

}  // namespace forknet::run
