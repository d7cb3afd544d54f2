// The Supervisor's side of a grid of cells that work by themselves: starts them, says how far they
// may go, replaces those that die.
#include "run/grid/grid_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <system_error>
#include <thread>

#include "base/clock.h"
#include "math/float_state.h"
#include "os/failpoint.h"
#include "os/process.h"
#include "run/grid/arena.h"
#include "run/grid/cell_worker.h"
#include "run/grid/crash_book.h"
#include "run/grid/fleet.h"
#include "run/grid/pipes.h"
#include "run/grid/watchdog.h"

namespace forknet::run {
namespace {

// How often the Supervisor looks at how far the cells have come: for progress lines and for a stop.
constexpr std::int64_t kLookAgain = 20'000'000;

std::int64_t nanoseconds_of(double seconds) { return static_cast<std::int64_t>(seconds * 1e9); }
double seconds_of(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) * 1e-9; }

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
        crashes_(static_cast<std::uint64_t>(job.config.grid.restarts)),
        watchdog_({nanoseconds_of(job.config.grid.step_budget),
                   nanoseconds_of(job.config.grid.stopped_budget)}) {}

  ~GridEngine() override {
    control_.may_run_to(0);
    control_.exit();
    fleet_.reset();
    channels_ = {};  // threads that wait for the Supervisor hear that it is gone
    for (std::thread& thread : threads_) thread.join();
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
    while (pipes_ && !all_filled()) FORKNET_TRY(wait());
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
    const CommittedStep figures = control_.figures(step);
    const std::int64_t now = control_.committed_at_ns(step);
    const StepFigures result = {{figures.loss, figures.correct, figures.rows}, now - last_ns_};
    last_ns_ = now;
    watchdog_.step_done(monotonic_ns(), result.nanoseconds);
    return result;
  }

  Result<std::uint64_t> settle() override {
    goal_ = 0;
    control_.may_run_to(0);
    while (!control_.resting()) FORKNET_TRY(wait());
    FORKNET_TRY(take_weights());
    weights_.turn_to(control_.committed());
    return control_.committed();
  }

  std::vector<CellReport> report(double train_seconds) const override {
    std::vector<CellReport> reports;
    for (std::size_t cell = 0; cell < shape_.cells(); ++cell) {
      const CellWords& words = control_.cells[cell];
      reports.push_back(report_of(job_.grid, job_.plan, cell, words.in, words.out));
      const auto seconds = [](const std::atomic<std::uint64_t>& ns) {
        return static_cast<double>(ns.load(std::memory_order_relaxed)) * 1e-9;
      };
      // Between its steps it waits for the last cell to finish.
      fill_times(reports.back(), train_seconds,
                 train_seconds - seconds(words.steps_ns) + seconds(words.wait_ns));
      fill_process(reports.back(), processes_ ? fleet_->pid(cell) : os::pid());
      reports.back().deaths = words.deaths.load(std::memory_order_relaxed);
    }
    return reports;
  }
  [[nodiscard]] Faults faults() const override { return faults_; }

 private:
  Status start_processes() {
    fleet_.emplace(job_, state_, event_, arena_.fd());
    FORKNET_TRY(fleet_->open());
    std::vector<std::size_t> all(shape_.cells());
    for (std::size_t cell = 0; cell < all.size(); ++cell) all[cell] = cell;
    return gather(all);
  }

  bool all_filled() const {
    for (std::size_t cell = 0; cell < shape_.cells(); ++cell) {
      if (control_.cells[cell].filled.load(std::memory_order_acquire) == 0) return false;
    }
    return true;
  }

  // Cells without a process get one, and all cells join a generation of their own; until they have.
  Status gather(std::vector<std::size_t> missing) {
    FORKNET_FAILPOINT("gather/begin");
    while (true) {
      if (!pipes_) cell::Crew::interrupt_shared(job_.grid, arena_.writable(), generation_);
      for (const std::size_t cell : missing) FORKNET_TRY(fleet_->start(cell));
      FORKNET_FAILPOINT("gather/pipes");
      if (pipes_) FORKNET_TRY(send_pipes());
      const auto deaths = deaths_before_all_joined();
      if (deaths.empty()) break;
      FORKNET_TRY(count(deaths, missing));
    }
    FORKNET_FAILPOINT("gather/joined");
    if (!pipes_) cell::Crew::prepare_shared(job_.grid, arena_.writable(), generation_);
    control_.open_generation(generation_);
    FORKNET_FAILPOINT("gather/opened");
    if (pipes_) send_first_weights();
    return {};
  }

  std::vector<Fleet::Death> deaths_before_all_joined() {
    std::vector<Fleet::Death> deaths;
    const auto joined = [&] {
      for (std::size_t cell = 0; cell < shape_.cells(); ++cell) {
        if (!control_.has_joined(cell, generation_)) return false;
      }
      return true;
    };
    watchdog_.rest(monotonic_ns());
    while (!joined() && deaths.empty()) {
      fleet_->wait(kLookAgain);
      deaths = fleet_->deaths();
      end_cells_stopped_too_long();
    }
    return deaths;
  }

  // A new generation without them; `missing` becomes the cells to start. Error: enough is enough.
  Status count(const std::vector<Fleet::Death>& deaths, std::vector<std::size_t>& missing) {
    control_.begin_generation(++generation_);
    missing.clear();
    for (const Fleet::Death& death : deaths) {
      const std::uint64_t step = control_.committed();
      const auto verdict = crashes_.note(death.cell, step, death.ending, death.own_fault);
      ++faults_.cell_deaths;
      if (verdict != CrashBook::Verdict::go_on) return end(death, step, verdict);
      if (job_.note) {
        job_.note(fmt::format("the cell {} (pid {}) {} at step {}; it is started again",
                              cell_name(shape_, death.cell), death.pid, death.ending, step));
      }
      ++faults_.restarts;
      missing.push_back(death.cell);
    }
    return {};
  }
  Error end(const Fleet::Death& death, std::uint64_t step, CrashBook::Verdict verdict) {
    fleet_->give_up();
    const std::string why =
        verdict == CrashBook::Verdict::always_the_same
            ? "for the third time running"
            : fmt::format("after {} deaths of cells without a step in between (grid.restarts)",
                          job_.config.grid.restarts);
    return Error{ErrorKind::cell,
                 fmt::format("the cell {} (pid {}) {} at step {}, {}; the run cannot go on\n"
                             "  forknet train --resume goes on from its last step",
                             cell_name(shape_, death.cell), death.pid, death.ending, step, why)};
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
      fleet_->send(cell, generation_, pipes.ends_of(cell));
    }
    channels_ = supervisor_channels(shape_, pipes.take_own(), generation_,
                                    [this] { end_cells_stopped_too_long(); });
    return {};
  }

  // Cells behind pipes that are threads of this process: their memory is still their own. None of
  // them dies alone.
  Status start_threads() {
    watch_.add(event_);
    FORKNET_ASSIGN(GridPipes pipes, open_pipes());
    channels_ = supervisor_channels(shape_, pipes.take_own(), generation_);
    specs_.resize(shape_.cells());
    for (std::size_t cell = 0; cell < shape_.cells(); ++cell) {
      specs_[cell].config = job_.config;
      specs_[cell].grid = job_.grid;
      specs_[cell].cell = cell;
      auto ends = std::make_shared<std::vector<os::Fd>>(pipes.take(cell));
      try {
        threads_.emplace_back([this, cell, ends] { live(cell, std::move(*ends)); });
      } catch (const std::system_error& failure) {  // the library's only word for it
        return Error{ErrorKind::internal,
                     fmt::format("cannot start the thread of cell {}: {}", cell_name(shape_, cell),
                                 failure.code().message())};
      }
    }
    control_.open_generation(generation_);
    send_first_weights();
    return {};
  }
  void live(std::size_t cell, std::vector<os::Fd> own) {
    const math::FloatStateScope float_state;
    const os::WithoutSigpipe quiet;  // the Supervisor may be gone first
    const CellJob job = {specs_[cell], job_, control_, event_};
    auto ends = std::make_shared<std::vector<os::Fd>>(std::move(own));
    const auto take = [ends](std::uint32_t) -> Result<std::vector<os::Fd>> {
      return std::move(*ends);
    };
    const Status worked = work_behind_pipes<T>(job, state_.weights_fd(cell).duplicate(), take);
    if (!worked.ok() && !control_.over()) give_up(specs_[cell], worked.error());
  }

  // To those that have none. A pipe that breaks is the end of a cell, which is found out elsewhere.
  void send_first_weights() {
    const os::WithoutSigpipe quiet;
    watchdog_.rest(monotonic_ns());
    for (std::size_t cell = 0; cell < shape_.cells(); ++cell) {
      FORKNET_FAILPOINT("first_weights/send");
      if (control_.cells[cell].filled.load(std::memory_order_acquire) != 0) continue;
      const auto& slice = job_.grid.slices[cell / shape_.replicas];
      for (std::size_t region = 0; region <= weights_.moments(); ++region) {
        const Status sent =
            cell::send_weights<T>(*channels_.start[cell], job_.plan, slice, region_of(region),
                                  what(control_.committed(), region));
        if (!sent.ok()) break;
      }
    }
  }
  // What the keepers send when they come to rest; once a rest.
  Status take_weights() {
    while (pipes_ && control_.undrained()) {
      FORKNET_FAILPOINT("drain/before");
      const Status taken = receive_weights();
      if (taken.ok()) {
        FORKNET_FAILPOINT("drain/after");
        control_.put_drained();
      } else {
        FORKNET_TRY(wait());  // a keeper has died: its replacement sends them again
      }
    }
    return {};
  }
  Status receive_weights() {
    watchdog_.rest(monotonic_ns());
    for (std::size_t stage = 0; stage < shape_.stages; ++stage) {
      for (std::size_t region = 0; region <= weights_.moments(); ++region) {
        FORKNET_TRY(cell::receive_weights<T>(*channels_.back[stage], job_.plan,
                                             job_.grid.slices[stage], region_of(region),
                                             what(control_.committed(), region)));
      }
    }
    return {};
  }
  [[nodiscard]] std::span<T> region_of(std::size_t region) {
    return region == 0 ? weights_.parameters() : weights_.moment(region - 1);
  }
  [[nodiscard]] cell::HandOver what(std::uint64_t steps, std::size_t region) const {
    return {generation_, steps, static_cast<std::uint32_t>(region)};
  }

  Status go_on() {
    if (!control_.resting()) return {};
    FORKNET_TRY(take_weights());
    control_.go_on();
    return {};
  }

  // Until something has happened, or it is time to look. Error: cells die again and again.
  Status wait() {
    if (!processes_) {
      watch_.wait(kLookAgain);
      os::clear(event_);
      return {};
    }
    fleet_->wait(kLookAgain);
    const auto deaths = fleet_->deaths();
    if (deaths.empty()) {
      look_after_cells();
      return {};
    }
    if (!control_.resting()) ++faults_.redone_steps;
    std::vector<std::size_t> missing;
    FORKNET_TRY(count(deaths, missing));
    return gather(std::move(missing));
  }

  // For the Supervisor's own waits, whatever the cells do.
  void end_cells_stopped_too_long() {
    const std::int64_t now = monotonic_ns();
    if (!watchdog_.worth_a_look(now) || !watchdog_.stopped_too_long(now)) return;
    if (fleet_->look_for_stopped() == Fleet::Found::stopped) fleet_->end_stopped();
  }

  // Those that stand still are ended; their deaths are dealt with like any other.
  void look_after_cells() {
    const std::int64_t now = monotonic_ns();
    const std::uint64_t committed = control_.committed();
    if (committed != seen_ || control_.resting()) {
      seen_ = committed;
      watchdog_.rest(now);
    }
    if (!watchdog_.worth_a_look(now)) return;
    const auto found = fleet_->look_for_stopped();
    if (found == Fleet::Found::stopped && watchdog_.stopped_too_long(now)) fleet_->end_stopped();
    if (found != Fleet::Found::none || !watchdog_.hangs(now)) return;
    if (job_.note)
      job_.note(fmt::format("no step for {:.0f} s (grid.step_budget)",
                            seconds_of(watchdog_.step_budget())));
    abort_hanging();
    watchdog_.rest(now);
  }
  // A cell that hangs in a loop runs, its neighbours sleep; one that hangs asleep looks like them.
  void abort_hanging() {
    std::vector<std::size_t> unfinished;
    std::vector<std::size_t> running;
    for (std::size_t cell = 0; cell < shape_.cells(); ++cell) {
      if (control_.has_finished(cell)) continue;
      unfinished.push_back(cell);
      if (os::process_state(fleet_->pid(cell)) == 'R') running.push_back(cell);
    }
    for (const std::size_t cell : running.empty() ? unfinished : running) fleet_->abort(cell);
  }

  const EngineJob job_;
  const cell::GridShape shape_;
  const bool pipes_;
  const bool processes_;
  store::Weights<T>& weights_;
  LiveState& state_;
  Control& control_;
  const std::uint64_t told_before_;  // steps that an earlier process took
  CrashBook crashes_;
  Watchdog watchdog_;
  std::uint64_t seen_ = 0;  // steps, when the watchdog looked
  Faults faults_;
  os::Mapping arena_;
  os::Fd event_;
  std::uint32_t generation_ = 0;
  SupervisorChannels channels_;
  std::optional<Fleet> fleet_;
  std::vector<CellSpec> specs_;  // of cells that are threads
  std::vector<std::thread> threads_;
  os::Watch watch_;  // for them
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
