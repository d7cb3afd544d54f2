// The Supervisor's side of a grid of cells that work by themselves: starts them, says how far they
// may go, hears when one has ended.
#include "run/grid/grid_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <optional>
#include <system_error>
#include <thread>

#include "base/clock.h"
#include "data/view_share.h"
#include "math/float_state.h"
#include "os/child_process.h"
#include "os/event.h"
#include "os/pipe.h"
#include "os/process.h"
#include "run/grid/arena.h"
#include "run/grid/cell_spec.h"
#include "run/grid/cell_worker.h"
#include "run/grid/pipes.h"

namespace forknet::run {
namespace {

// How often the Supervisor looks at how far the cells have come: for progress lines and for a stop.
constexpr std::int64_t kLookAgain = 20'000'000;
constexpr std::int64_t kPatience = 2'000'000'000;  // with cells that shall end by themselves
constexpr int kLooksForFirst = 5;                  // for the cell whose death made others give up
constexpr std::size_t kFramesInPipe = 2;

template <class T>
class GridEngine final : public Engine<T> {
 public:
  GridEngine(const EngineJob& job, store::Weights<T>& weights, LiveState& state, bool processes)
      : job_(job),
        channel_(job.config.grid.channel),
        processes_(processes),
        weights_(weights),
        state_(state),
        control_(&state.control()),
        specs_(job.grid.shape.cells()) {}

  ~GridEngine() override {
    control_->may_run_to(0);
    control_->exit();
    const std::int64_t until = monotonic_ns() + (failed_ ? 0 : kPatience);
    for (os::ChildProcess& cell : cells_) {
      while (!cell.ended() && monotonic_ns() < until) {
        os::Watch ending;
        ending.add(cell.pidfd());
        ending.wait(until - monotonic_ns());
      }
    }
    channels_ = {};  // threads that wait for the Supervisor hear that it is gone
    for (std::thread& thread : threads_) thread.join();
  }
  GridEngine(const GridEngine&) = delete;
  GridEngine& operator=(const GridEngine&) = delete;

  Status start() {
    const std::uint64_t first_step = control_->committed();
    drained_at_ = first_step;
    FORKNET_ASSIGN(event_, os::make_event());
    if (channel_ == ChannelKind::shm) {
      const auto sizes = arena_sizes<T>(job_.grid.shape, job_.plan, job_.sampler.batch());
      FORKNET_ASSIGN(arena_, os::Mapping::shared("forknet grid", sizes.bytes));
      cell::Crew::prepare_shared(job_.grid, arena_.writable());
    } else {
      FORKNET_TRY(open_pipes());
    }
    FORKNET_TRY(processes_ ? start_processes(first_step) : start_threads(first_step));
    ends_.clear();  // the cells have theirs now
    watch_.add(event_);
    for (const os::ChildProcess& cell : cells_) watch_.add(cell.pidfd());
    return send_first_weights(first_step);
  }

  void may_run_to(std::uint64_t step) override { goal_ = step; }

  Result<StepFigures> step(std::uint64_t step) override {
    if (step < told_before_) return told_again(control_->figures(step));
    // The figures of a step are kept for as long as the cells are not far ahead.
    control_->may_run_to(std::min(goal_, step + kFigures));
    if (control_->resting() && control_->committed() <= step) last_ns_ = monotonic_ns();
    while (control_->committed() <= step) {
      FORKNET_TRY(go_on());  // they may have come to rest just before they were allowed more
      FORKNET_TRY(wait());
    }
    if (control_->resting()) FORKNET_TRY(take_weights());
    weights_.turn_to(control_->committed());
    const CommittedStep figures = control_->figures(step);
    const std::int64_t now = control_->committed_at_ns(step);
    const StepFigures result = {{figures.loss, figures.correct, figures.rows}, now - last_ns_};
    last_ns_ = now;
    return result;
  }

  Result<std::uint64_t> settle() override {
    goal_ = 0;
    control_->may_run_to(0);
    while (!control_->resting()) FORKNET_TRY(wait());
    FORKNET_TRY(take_weights());
    weights_.turn_to(control_->committed());
    return control_->committed();
  }

  std::vector<CellReport> report(double train_seconds) const override {
    std::vector<CellReport> reports;
    for (std::size_t cell = 0; cell < specs_.size(); ++cell) {
      const CellWords& words = control_->cells[cell];
      reports.push_back(report_of(job_.grid, job_.plan, cell, words.in, words.out));
      const auto seconds = [](const std::atomic<std::uint64_t>& ns) {
        return static_cast<double>(ns.load(std::memory_order_relaxed)) * 1e-9;
      };
      // Between its steps it waits for the last cell to finish.
      fill_times(reports.back(), train_seconds,
                 train_seconds - seconds(words.steps_ns) + seconds(words.wait_ns));
      fill_process(reports.back(), processes_ ? cells_[cell].pid() : os::pid());
    }
    return reports;
  }

 private:
  // Both ends of every pipe, until the cells have theirs.
  Status open_pipes() {
    std::size_t frame = 0;
    for (const nn::LayerPlan& layer : job_.plan.layers) {
      frame = std::max(frame, layer.outputs * job_.sampler.batch() * sizeof(T));
    }
    for (std::size_t i = 0; i < pipes_of(job_.grid.shape).size(); ++i) {
      FORKNET_ASSIGN(auto pipe, os::make_pipe(kFramesInPipe * frame / job_.grid.microbatches + 1));
      ends_.push_back(std::move(pipe));
    }
    std::vector<os::Fd> own;
    const auto pipes = pipes_of(job_.grid.shape);
    for (std::size_t i = 0; i < pipes.size(); ++i) {
      if (pipes[i].from == kSupervisor) own.push_back(std::move(ends_[i].write));
      if (pipes[i].to == kSupervisor) own.push_back(std::move(ends_[i].read));
    }
    channels_ = supervisor_channels(job_.grid.shape, std::move(own), 0);
    return {};
  }
  // take(end) for each end of a cell's pipes, in the order that everybody knows.
  template <class Take>
  void each_end(std::size_t cell, Take take) {
    if (ends_.empty()) return;
    const auto pipes = pipes_of(job_.grid.shape);
    for (std::size_t i = 0; i < pipes.size(); ++i) {
      if (pipes[i].from == static_cast<int>(cell)) take(ends_[i].write);
      if (pipes[i].to == static_cast<int>(cell)) take(ends_[i].read);
    }
  }

  void fill_spec(std::size_t cell, std::uint64_t first_step) {
    CellSpec& spec = specs_[cell];
    spec.config = job_.config;
    spec.grid = job_.grid;
    spec.channel = channel_;
    spec.cell = cell;
    spec.first_step = first_step;
    spec.total_steps = job_.total_steps;
    spec.target = std::string(math::target_name(job_.target));
  }

  Status start_processes(std::uint64_t first_step) {
    FORKNET_ASSIGN(lifeline_, os::make_lifeline());
    FORKNET_ASSIGN(const os::Fd program, os::open_own_program());
    FORKNET_ASSIGN(const os::Mapping view, data::describe_view(job_.rows));
    for (std::size_t cell = 0; cell < specs_.size(); ++cell) {
      fill_spec(cell, first_step);
      FORKNET_TRY(start_process(cell, program, view));
    }
    return {};
  }
  Status start_process(std::size_t cell, const os::Fd& program, const os::Mapping& view) {
    FORKNET_ASSIGN(const os::Mapping text, write_spec(specs_[cell]));
    os::ChildSpec child;
    child.program = &program;
    child.words = {
        fmt::format("forknet: {} {}", job_.config.run.name, cell_name(job_.grid.shape, cell)),
        kCellWord};
    child.inherited = {&lifeline_.read,      &text.fd(), &job_.rows.table->memory.fd(), &view.fd(),
                       &state_.control_fd(), &event_,    &state_.weights_fd(cell)};
    if (channel_ == ChannelKind::shm) child.inherited.push_back(&arena_.fd());
    each_end(cell, [&](const os::Fd& end) { child.inherited.push_back(&end); });
    FORKNET_ASSIGN(auto process, os::ChildProcess::start(child));
    pids_.push_back(process.pid());
    control_->cells[cell].pid.store(process.pid(), std::memory_order_relaxed);
    control_->cells[cell].pid_ticks.store(os::start_ticks(process.pid()),
                                          std::memory_order_relaxed);
    cells_.push_back(std::move(process));
    return {};
  }

  // Cells behind pipes that are threads of this process: their memory is still their own.
  Status start_threads(std::uint64_t first_step) {
    for (std::size_t cell = 0; cell < specs_.size(); ++cell) fill_spec(cell, first_step);
    for (std::size_t cell = 0; cell < specs_.size(); ++cell) {
      std::vector<os::Fd> ends;
      each_end(cell, [&](os::Fd& end) { ends.push_back(std::move(end)); });
      try {
        threads_.emplace_back(
            [this, cell, own = std::move(ends)]() mutable { live(cell, std::move(own)); });
      } catch (const std::system_error& failure) {  // the library's only word for it
        return Error{ErrorKind::internal,
                     fmt::format("cannot start the thread of cell {}: {}",
                                 cell_name(job_.grid.shape, cell), failure.code().message())};
      }
    }
    return {};
  }
  void live(std::size_t cell, std::vector<os::Fd> ends) {
    const math::FloatStateScope float_state;
    const os::WithoutSigpipe quiet;  // the Supervisor may be gone first
    const WorkerJob job = {specs_[cell], job_, *control_, event_};
    const Status worked =
        work_behind_pipes<T>(job, state_.weights_fd(cell).duplicate(), std::move(ends));
    if (!worked.ok() && !control_->over()) give_up(specs_[cell], worked.error());
  }

  Status send_first_weights(std::uint64_t first_step) {
    if (channel_ == ChannelKind::shm) return {};
    const os::WithoutSigpipe quiet;  // a cell that died already is found out by its pidfd
    for (std::size_t cell = 0; cell < specs_.size(); ++cell) {
      const auto& slice = job_.grid.slices[cell / job_.grid.shape.replicas];
      for (std::size_t region = 0; region <= weights_.moments(); ++region) {
        const Status sent = cell::send_weights<T>(*channels_.start[cell], job_.plan, slice,
                                                  region_of(region), what(first_step, region));
        if (!sent.ok()) return broken_by_death(sent);
      }
    }
    return {};
  }
  // A pipe to a cell that is broken: the death behind it says more.
  Status broken_by_death(const Status& broken) {
    failed_ = true;
    FORKNET_TRY(wait());
    return broken;
  }
  // What the keepers send when they come to rest; once a rest.
  Status take_weights() {
    const std::uint64_t steps = control_->committed();
    if (channel_ == ChannelKind::shm || steps == drained_at_) return {};
    for (std::size_t stage = 0; stage < job_.grid.shape.stages; ++stage) {
      for (std::size_t region = 0; region <= weights_.moments(); ++region) {
        const Status received =
            cell::receive_weights<T>(*channels_.back[stage], job_.plan, job_.grid.slices[stage],
                                     region_of(region), what(steps, region));
        if (!received.ok()) return broken_by_death(received);
      }
    }
    drained_at_ = steps;
    return {};
  }
  [[nodiscard]] std::span<T> region_of(std::size_t region) {
    return region == 0 ? weights_.parameters() : weights_.moment(region - 1);
  }
  [[nodiscard]] static cell::HandOver what(std::uint64_t steps, std::size_t region) {
    return {0, steps, static_cast<std::uint32_t>(region)};
  }

  Status go_on() {
    if (!control_->resting()) return {};
    FORKNET_TRY(take_weights());
    control_->go_on();
    return {};
  }

  // Until something has happened, or it is time to look. Error: a cell has ended.
  Status wait() {
    watch_.wait(kLookAgain);
    os::clear(event_);
    return look_for_deaths();
  }

  Status look_for_deaths() {
    std::optional<std::size_t> cell = ended_cell();
    if (!cell) return {};
    failed_ = true;
    // Neighbours that only heard of a death give up: the one that they heard of is the one to name.
    os::Watch nothing;
    for (int looks = 0; looks < kLooksForFirst && gave_up(*cell); ++looks) {
      nothing.wait(kLookAgain);
      cell = ended_cell();
    }
    return Error{ErrorKind::cell,
                 fmt::format("the cell {} (pid {}) {} at step {}; the run cannot go on without it\n"
                             "  forknet train --resume goes on from its last checkpoint",
                             cell_name(job_.grid.shape, *cell), pids_[*cell],
                             cells_[*cell].ending(), control_->committed())};
  }
  [[nodiscard]] bool gave_up(std::size_t cell) const {
    return cells_[cell].exit_code() == static_cast<int>(ErrorKind::cell);
  }
  // One that has ended, if possible not by giving up.
  std::optional<std::size_t> ended_cell() {
    std::optional<std::size_t> found;
    for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
      if (cells_[cell].ended() && (!found || gave_up(*found))) found = cell;
    }
    return found;
  }

  const EngineJob job_;
  const ChannelKind channel_;
  const bool processes_;
  store::Weights<T>& weights_;
  LiveState& state_;
  Control* const control_;
  const std::uint64_t told_before_ = control_->committed();
  std::vector<CellSpec> specs_;
  os::Mapping arena_;
  os::Fd event_;
  os::PipeEnds lifeline_;  // its end of file tells the cells that this process is gone
  std::vector<os::PipeEnds> ends_;
  SupervisorChannels channels_;
  std::vector<os::ChildProcess> cells_;
  std::vector<int> pids_;  // of the cells, also of those that have ended
  std::vector<std::thread> threads_;
  os::Watch watch_;  // rests and deaths
  std::uint64_t goal_ = 0;
  std::uint64_t drained_at_ = 0;  // the steps of the weights that are here
  std::int64_t last_ns_ = 0;      // when the step before the next was done
  bool failed_ = false;
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
