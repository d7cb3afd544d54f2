// The Supervisor's side of a grid of cells that work by themselves: says how far they may go,
// brings them together in generations, and tells the trainer what their steps came to.
#include "run/grid/grid_engine.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "base/clock.h"
#include "os/failpoint.h"
#include "os/process.h"
#include "run/grid/arena.h"
#include "run/grid/cell_keeper.h"
#include "run/grid/pipes.h"
#include "run/grid/thread_cells.h"
#include "run/grid/weights_exchange.h"

namespace forknet::run {
namespace {

// How often the Supervisor looks at how far the cells have come: for progress lines and for a stop.
constexpr std::int64_t kLookAgain = 20'000'000;

template <class T>
class GridEngine final : public Engine<T> {
 public:
  GridEngine(const EngineJob& job, store::Weights<T>& weights, LiveState& state, bool processes)
      : job_(job),
        shape_(job.grid.shape),
        pipes_(job.config.grid.channel == ChannelKind::pipe),
        processes_(processes),
        weights_(weights),
        state_(state),
        control_(state.control()),
        told_before_(control_.committed()),
        exchange_(job_, weights_, control_) {}

  ~GridEngine() override {
    control_.may_run_to(0);
    control_.exit();
    keeper_.reset();
    exchange_.close();
    threads_.reset();
  }
  GridEngine(const GridEngine&) = delete;
  GridEngine& operator=(const GridEngine&) = delete;

  Status start() {
    FORKNET_ASSIGN(event_, os::make_event());
    if (!pipes_) {
      const auto sizes = arena_sizes<T>(shape_, job_.plan, job_.sampler.batch());
      FORKNET_ASSIGN(arena_, os::Mapping::shared("forknet grid", sizes.bytes));
    }
    FORKNET_TRY(processes_ ? start_processes() : start_threads());
    while (pipes_ && !exchange_.all_have_weights()) FORKNET_TRY(wait());
    return {};
  }

  void may_run_to(std::uint64_t step) override { goal_ = step; }

  Result<StepFigures> step(std::uint64_t step) override {
    if (step < told_before_) return told_again(control_.figures(step));
    // The figures of a step are kept for as long as the cells are not far ahead.
    control_.may_run_to(std::min(goal_, step + kFigures));
    if (control_.resting() && control_.committed() <= step) last_ns_ = monotonic_ns();
    while (control_.committed() <= step) {
      FORKNET_TRY(go_on());  // they may have come to rest just before they were allowed more
      FORKNET_TRY(wait());
    }
    if (control_.resting()) FORKNET_TRY(take_weights());
    weights_.turn_to(control_.committed());
    return figures_of(step);
  }

  Result<std::uint64_t> settle() override {
    goal_ = 0;
    control_.may_run_to(0);
    while (!control_.resting()) FORKNET_TRY(wait());
    FORKNET_TRY(take_weights());
    weights_.turn_to(control_.committed());
    return control_.committed();
  }

  std::span<const T> parameters() override { return std::as_const(weights_).parameters(); }

  Status tend() override { return keeper_.has_value() ? look_after_cells(0) : Status(); }

  std::vector<CellReport> report(double train_seconds) const override {
    std::vector<CellReport> reports;
    for (std::size_t cell = 0; cell < shape_.cells(); ++cell) {
      const int pid = processes_ ? keeper_->pid(cell) : os::pid();
      reports.push_back(report_of(job_, cell, control_.cells[cell], pid, train_seconds));
    }
    return reports;
  }
  [[nodiscard]] Faults faults() const override {
    return keeper_.has_value() ? keeper_->faults() : Faults{};
  }

 private:
  StepFigures figures_of(std::uint64_t step) {
    const CommittedStep& figures = control_.figures(step);
    const std::int64_t now = control_.committed_at_ns(step);
    const StepFigures result = {{figures.loss, figures.correct, figures.rows}, now - last_ns_};
    last_ns_ = now;
    if (keeper_.has_value()) keeper_->step_done(result.nanoseconds);
    return result;
  }

  Status start_processes() {
    keeper_.emplace(job_, state_, event_, arena_.fd(), progress_of(control_), shape_.cells());
    FORKNET_TRY(keeper_->open());
    CellKeeper::Cells all(shape_.cells());
    std::iota(all.begin(), all.end(), std::size_t{0});
    return gather(std::move(all));
  }
  Status start_threads() {
    threads_.emplace(job_, state_, event_);
    FORKNET_ASSIGN(GridPipes pipes, open_pipes());
    exchange_.use(supervisor_channels(shape_, pipes.take_own(), generation_), generation_);
    FORKNET_TRY(threads_->start(pipes));
    control_.open_generation(generation_);
    exchange_.send_first();
    return {};
  }

  // Cells without a process get one, and all cells join the generation; or a newer one, if any of
  // them dies meanwhile.
  Status gather(CellKeeper::Cells missing) {
    FORKNET_FAILPOINT("gather/begin");
    while (true) {
      if (!pipes_) cell::Crew::interrupt_shared(job_.grid, arena_.writable(), generation_);
      FORKNET_TRY(keeper_->start(missing));
      FORKNET_FAILPOINT("gather/pipes");
      if (pipes_) FORKNET_TRY(send_pipes());
      FORKNET_ASSIGN(missing, keeper_->wait_until([this] {
        show_life();
        return all_have_joined() || !keeper_->patience().ok();
      }));
      if (missing.empty()) break;
      control_.begin_generation(++generation_);
    }
    FORKNET_TRY(keeper_->patience());
    FORKNET_FAILPOINT("gather/joined");
    return open_generation();
  }
  [[nodiscard]] bool all_have_joined() const {
    for (std::size_t cell = 0; cell < shape_.cells(); ++cell) {
      if (!control_.has_joined(cell, generation_)) return false;
    }
    return true;
  }
  Status open_generation() {
    if (!pipes_) cell::Crew::prepare_shared(job_.grid, arena_.writable(), generation_);
    control_.open_generation(generation_);
    FORKNET_FAILPOINT("gather/opened");
    if (!pipes_) return {};
    keeper_->nothing_is_overdue();
    exchange_.send_first();
    return {};
  }

  Result<GridPipes> open_pipes() {
    std::size_t frame = 0;
    for (const nn::LayerPlan& layer : job_.plan.layers) {
      frame = std::max(frame, layer.outputs * job_.sampler.batch() * sizeof(T));
    }
    return GridPipes::open(shape_, frame / job_.grid.microbatches);
  }
  // Every pipe anew: one may hold half a frame.
  Status send_pipes() {
    FORKNET_ASSIGN(GridPipes pipes, open_pipes());
    for (std::size_t cell = 0; cell < shape_.cells(); ++cell) {
      keeper_->send(cell, generation_, pipes.ends_of(cell));
    }
    exchange_.use(supervisor_channels(shape_, pipes.take_own(), generation_,
                                      [this] { keeper_->look_while_waiting(); }),
                  generation_);
    return {};
  }

  // What the keepers of the stages send when they come to rest; once a rest.
  Status take_weights() {
    while (pipes_ && control_.undrained()) {
      FORKNET_FAILPOINT("drain/before");
      if (keeper_.has_value()) keeper_->nothing_is_overdue();
      if (exchange_.receive().ok()) {
        FORKNET_FAILPOINT("drain/after");
        control_.put_drained();
      } else {
        FORKNET_TRY(wait());  // a keeper has died: its replacement sends them again
      }
    }
    return {};
  }

  Status go_on() {
    if (!control_.resting()) return {};
    FORKNET_TRY(take_weights());
    control_.go_on();
    return {};
  }

  // Until something has happened, or it is time to look. Error: cells die again and again.
  Status wait() {
    show_life();
    if (!processes_) {
      threads_->wait(kLookAgain);
      return {};
    }
    FORKNET_TRY(keeper_->patience());
    return look_after_cells(kLookAgain);
  }

  // Those that have died meanwhile are replaced.
  Status look_after_cells(std::int64_t timeout_ns) {
    FORKNET_ASSIGN(auto missing, keeper_->wait(timeout_ns));
    if (missing.empty()) return {};
    control_.begin_generation(++generation_);
    return gather(std::move(missing));
  }

  void show_life() const {
    if (job_.alive) job_.alive();
  }

  const EngineJob job_;
  const cell::GridShape shape_;
  const bool pipes_;
  const bool processes_;
  store::Weights<T>& weights_;
  LiveState& state_;
  Control& control_;
  const std::uint64_t told_before_;  // steps that an earlier process took
  os::Mapping arena_;
  os::Fd event_;
  std::uint32_t generation_ = 0;
  WeightsExchange<T> exchange_;
  std::optional<CellKeeper> keeper_;       // of processes
  std::optional<ThreadCells<T>> threads_;  // or else these
  std::uint64_t goal_ = 0;
  std::int64_t last_ns_ = 0;  // when the step before the next was done
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
