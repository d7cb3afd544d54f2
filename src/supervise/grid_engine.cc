// The Supervisor's side of a grid of cells that work on their own: lays out shared memory,
// transfers weights of cells with private memory, and reports the figures of steps to the trainer.
#include "supervise/grid_engine.h"

#include <algorithm>
#include <optional>

#include "base/clock.h"
#include "base/try.h"
#include "engine/arena.h"
#include "engine/pipes.h"
#include "os/failpoint.h"
#include "os/process.h"
#include "state/page_coordinator.h"
#include "state/slice_weights.h"
#include "supervise/parameter_transfer.h"
#include "supervise/process_pool.h"
#include "supervise/process_supervisor.h"
#include "supervise/restart_round.h"
#include "supervise/run_ahead.h"
#include "supervise/thread_cells.h"

namespace forknet::run {
namespace {

template <class T>
class GridEngine final : public Engine<T> {
 public:
  GridEngine(const EngineJob& job, store::Weights<T>& weights, LiveState& state, bool processes)
      : job_(job),
        shape_(job.grid.shape),
        transport_(transport_of(job)),
        pipes_(!transport_.shares_memory()),
        processes_(processes),
        weights_(weights),
        state_(state),
        coordinator_(state.control()),
        replayed_before_(coordinator_.committed()),
        weights_at_(replayed_before_),
        transfer_(job_, weights_, coordinator_),
        run_ahead_(
            coordinator_, [this] { return wait(); }, [this] { return take_weights(); }) {}

  ~GridEngine() override {
    coordinator_.may_run_to(0);
    coordinator_.exit();
    restart_round_.reset();
    supervisor_.reset();
    pool_.reset();
    transfer_.close();
    threads_.reset();
  }
  GridEngine(const GridEngine&) = delete;
  GridEngine& operator=(const GridEngine&) = delete;

  Status start() {
    FORKNET_ASSIGN(event_, os::make_event());
    if (!pipes_) {
      const auto sizes = arena_sizes<T>(shape_, job_.plan, job_.config, job_.sampler.batch());
      FORKNET_ASSIGN(arena_, os::Mapping::shared("forknet grid", sizes.bytes));
    }
    FORKNET_TRY(processes_ ? start_processes() : start_threads());
    while (!all_have_weights()) FORKNET_TRY(wait());
    return {};
  }

  void may_run_to(std::uint64_t step) override { run_ahead_.may_run_to(step); }

  Result<StepFigures> step(std::uint64_t step) override {
    if (step < replayed_before_) return replayed(coordinator_.figures(step));
    if (salvaged_) return figures_of(step);
    if (coordinator_.resting() && coordinator_.committed() <= step) last_ns_ = monotonic_ns();
    FORKNET_TRY(run_ahead_.reach(step));
    weights_.turn_to(coordinator_.committed());
    return figures_of(step);
  }

  Result<std::uint64_t> settle() override {
    FORKNET_TRY(run_ahead_.settle());
    weights_.turn_to(coordinator_.committed());
    return coordinator_.committed();
  }

  Result<std::uint64_t> salvage() override {
    if (!processes_) return Engine<T>::salvage();
    salvaged_ = true;
    pool_->end_all();
    const std::uint64_t committed = coordinator_.committed();
    weights_.turn_to(committed);
    if (pipes_ && weights_at_ != committed) FORKNET_TRY(take_weights_of_ended());
    return committed;
  }

  std::span<const T> parameters() override { return std::as_const(weights_).parameters(); }

  Status tend() override {
    return restart_round_ && !salvaged_ ? restart_round_->look_after(0) : Status();
  }

  std::vector<CellReport> report(double train_seconds) const override {
    std::vector<CellReport> reports;
    for (std::size_t cell = 0; cell < shape_.cells(); ++cell) {
      const int pid = processes_ ? pool_->pid(cell) : os::pid();
      reports.push_back(report_of(job_, cell, coordinator_, pid, train_seconds));
    }
    return reports;
  }
  [[nodiscard]] Faults faults() const override {
    return supervisor_ ? supervisor_->faults() : Faults{};
  }

 private:
  StepFigures figures_of(std::uint64_t step) {
    const CommittedStep& figures = coordinator_.figures(step);
    const std::int64_t now = coordinator_.committed_at_ns(step);
    const StepFigures result = {figures.sums(), now - last_ns_};
    last_ns_ = now;
    if (supervisor_) supervisor_->step_done(result.nanoseconds);
    return result;
  }

  Status start_processes() {
    pool_.emplace(job_, state_, event_, arena_.fd(), shape_.cells());
    FORKNET_TRY(pool_->open());
    supervisor_.emplace(job_, *pool_, progress(), shape_.cells());
    restart_round_.emplace(coordinator_, *supervisor_, shape_.cells(), parts());
    return restart_round_->begin();
  }
  Status start_threads() {
    threads_.emplace(job_, state_, event_);
    FORKNET_ASSIGN(GridPipes pipes, open_pipes());
    transfer_.use(supervisor_channels(transport_, shape_, pipes.take_own(), 0), 0);
    FORKNET_TRY(threads_->start(pipes));
    coordinator_.open_generation(0);
    transfer_.send_first();
    return {};
  }

  // False: some cells still have to receive their first weights.
  [[nodiscard]] bool all_have_weights() const { return !pipes_ || transfer_.all_have_weights(); }
  [[nodiscard]] CellProgress progress() const {
    CellProgress progress = progress_of(coordinator_);
    progress.owes = [this, step = progress.owes](std::size_t cell) {
      return all_have_weights() ? step(cell) : !transfer_.has_weights(cell);
    };
    return progress;
  }

  // The hooks that set up what a generation shares: rings and barriers in memory, or pipes.
  RestartRound::Parts parts() {
    if (!pipes_) {
      return {.interrupt =
                  [this](std::uint32_t generation) {
                    cell::StageContext::interrupt_shared(job_.grid, arena_.writable(), generation);
                  },
              .prepare =
                  [this](std::uint32_t generation) {
                    cell::StageContext::prepare_shared(job_.grid, arena_.writable(), generation);
                  }};
    }
    return {.equip = [this](std::uint32_t generation) { return send_pipes(generation); },
            .opened = [this](std::uint32_t) { transfer_.send_first(); }};
  }

  Result<GridPipes> open_pipes() {
    std::size_t frame = 0;
    for (const nn::LayerPlan& layer : job_.plan.layers) {
      frame = std::max(frame, layer.outputs * job_.rows_of(job_.sampler.batch()) * sizeof(T));
    }
    return GridPipes::open(transport_, shape_, frame / job_.grid.microbatches);
  }
  // Opens every pipe again, because an old one may hold half a frame.
  Status send_pipes(std::uint32_t generation) {
    FORKNET_ASSIGN(GridPipes pipes, open_pipes());
    for (std::size_t cell = 0; cell < shape_.cells(); ++cell) {
      pool_->send(cell, generation, pipes.ends_of(cell));
    }
    const auto look = [this](std::size_t cell) { supervisor_->look_while_waiting_for(cell); };
    transfer_.use(supervisor_channels(transport_, shape_, pipes.take_own(), generation, look),
                  generation, [this] { supervisor_->nothing_is_overdue(); });
    return {};
  }

  // Receives the weights that the owners of the stages send at rest; once per rest.
  Status take_weights() {
    while (pipes_ && coordinator_.undrained()) {
      FORKNET_FAILPOINT("drain/before");
      if (transfer_.receive().ok()) {
        FORKNET_FAILPOINT("drain/after");
        coordinator_.put_drained();
        weights_at_ = coordinator_.committed();
      } else {
        FORKNET_TRY(wait());  // an owner has died: its replacement sends them again
      }
    }
    return {};
  }

  // The first cell of each stage kept them in memory that outlives it.
  Status take_weights_of_ended() {
    for (std::size_t stage = 0; stage < shape_.stages; ++stage) {
      FORKNET_TRY(copy_slice(state_.weights_fd(stage * shape_.replicas).duplicate(),
                             state_.shape().weights, coordinator_.committed(),
                             numbers_of(job_.plan, job_.grid.slices[stage]), weights_));
    }
    return {};
  }

  // Blocks until an event or the time of the next look. Error: too many deaths.
  Status wait() {
    if (job_.alive) job_.alive();
    if (!processes_) {
      threads_->wait(kLookAgain);
      return {};
    }
    FORKNET_TRY(supervisor_->patience());
    return restart_round_->look_after(kLookAgain);
  }

  const EngineJob job_;
  const cell::GridShape shape_;
  const wire::Transport& transport_;
  const bool pipes_;  // cells share no memory and exchange data through pipes
  const bool processes_;
  store::Weights<T>& weights_;
  LiveState& state_;
  PageCoordinator coordinator_;
  const std::uint64_t replayed_before_;  // steps that an earlier process took
  std::uint64_t weights_at_;             // behind pipes: weights_ are those after this many steps
  bool salvaged_ = false;                // the cells have been ended
  os::Mapping arena_;
  os::Fd event_;
  ParameterTransfer<T> transfer_;
  std::optional<ProcessPool> pool_;  // if the cells are processes,
  std::optional<ProcessSupervisor> supervisor_;
  std::optional<RestartRound> restart_round_;
  std::optional<ThreadCells<T>> threads_;  // otherwise
  RunAhead run_ahead_;
  std::int64_t last_ns_ = 0;  // when the last step was done
};

}  // namespace

template <class T>
Result<std::unique_ptr<Engine<T>>> grid_engine(const EngineJob& job, store::Weights<T>& weights,
                                               LiveState& state, bool processes) {
  auto engine = std::make_unique<GridEngine<T>>(job, weights, state, processes);
  FORKNET_TRY(engine->start());
  return std::unique_ptr<Engine<T>>(std::move(engine));
}

template Result<std::unique_ptr<Engine<float>>> grid_engine(const EngineJob&,
                                                            store::Weights<float>&, LiveState&,
                                                            bool);
template Result<std::unique_ptr<Engine<double>>> grid_engine(const EngineJob&,
                                                             store::Weights<double>&, LiveState&,
                                                             bool);

}  // namespace forknet::run
