// The Supervisor's side of a grid of processes: starts the cells, says how far they may go, hears
// when one has ended.
#include "run/grid/process_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "base/clock.h"
#include "data/view_share.h"
#include "os/child_process.h"
#include "os/event.h"
#include "os/pipe.h"
#include "run/grid/arena.h"
#include "run/grid/cell_spec.h"

namespace forknet::run {
namespace {

// How often the Supervisor looks at how far the cells have come: for progress lines and for a stop.
constexpr std::int64_t kLookAgain = 20'000'000;
constexpr std::int64_t kPatience = 2'000'000'000;  // with cells that shall end by themselves

template <class T>
class ProcessEngine final : public Engine<T> {
 public:
  explicit ProcessEngine(const EngineJob& job) : job_(job) {}

  ~ProcessEngine() override {
    if (cells_.empty()) return;
    control_->exit();
    const std::int64_t until = monotonic_ns() + kPatience;
    for (os::ChildProcess& cell : cells_) {
      while (!cell.ended() && monotonic_ns() < until) {
        const os::Fd* pidfd = &cell.pidfd();
        os::wait_for_any({&pidfd, 1}, until - monotonic_ns());
      }
    }
  }
  ProcessEngine(const ProcessEngine&) = delete;
  ProcessEngine& operator=(const ProcessEngine&) = delete;

  Status start(const store::Weights<T>& weights, std::uint64_t first_step) {
    const auto sizes = arena_sizes<T>(job_.grid.shape, job_.plan, job_.sampler.batch());
    FORKNET_ASSIGN(arena_, os::Mapping::shared("forknet grid", sizes.bytes));
    const auto memory = arena_.writable();
    control_ = new (memory.data()) Control;
    control_->prepare(first_step);
    cell::Crew::prepare_shared(job_.grid, memory.subspan(sizes.crew_at));
    FORKNET_ASSIGN(event_, os::make_event());
    FORKNET_ASSIGN(lifeline_, os::make_lifeline());
    FORKNET_ASSIGN(const os::Fd program, os::open_own_program());
    FORKNET_ASSIGN(const os::Mapping view, data::describe_view(job_.rows));
    for (std::size_t cell = 0; cell < job_.grid.shape.cells(); ++cell) {
      FORKNET_TRY(start_cell(cell, program, view, weights.mapping(), first_step));
    }
    watched_.push_back(&event_);
    for (const os::ChildProcess& cell : cells_) watched_.push_back(&cell.pidfd());
    last_ns_ = monotonic_ns();
    return {};
  }

  void may_run_to(std::uint64_t step) override { goal_ = step; }

  Result<StepFigures> step(std::uint64_t step) override {
    // The figures of a step are kept for as long as the cells are not far ahead.
    control_->may_run_to(std::min(goal_, step + kFigures));
    if (control_->resting() && control_->committed() <= step) last_ns_ = monotonic_ns();
    control_->go_on();
    while (control_->committed() <= step) {
      FORKNET_TRY(wait());
      control_->go_on();  // they may have come to rest just before they were allowed more
    }
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
    return control_->committed();
  }

 private:
  Status start_cell(std::size_t cell, const os::Fd& program, const os::Mapping& view,
                    const os::Mapping& weights, std::uint64_t first_step) {
    CellSpec spec;
    spec.config = job_.config;
    spec.grid = job_.grid;
    spec.cell = cell;
    spec.first_step = first_step;
    spec.total_steps = job_.total_steps;
    spec.target = std::string(math::target_name(job_.target));
    FORKNET_ASSIGN(const os::Mapping text, write_spec(spec));
    os::ChildSpec child;
    child.program = &program;
    child.words = {
        fmt::format("forknet: {} {}", job_.config.run.name, cell_name(job_.grid.shape, cell)),
        kCellWord};
    child.inherited = {&lifeline_.read, &text.fd(),    &job_.rows.table->memory.fd(),
                       &view.fd(),      &weights.fd(), &arena_.fd(),
                       &event_};
    FORKNET_ASSIGN(auto process, os::ChildProcess::start(child));
    cells_.push_back(std::move(process));
    return {};
  }

  // Until something has happened, or it is time to look. Error: a cell has ended.
  Status wait() {
    os::wait_for_any(watched_, kLookAgain);
    os::clear(event_);
    for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
      const int pid = cells_[cell].pid();
      if (cells_[cell].ended()) return died(cell, pid);
    }
    return {};
  }

  Error died(std::size_t cell, int pid) const {
    return Error{ErrorKind::cell,
                 fmt::format("the cell {} (pid {}) {} at step {}; the run cannot go on without it\n"
                             "  forknet train --resume goes on from its last checkpoint",
                             cell_name(job_.grid.shape, cell), pid, cells_[cell].ending(),
                             control_->committed())};
  }

  const EngineJob job_;
  os::Mapping arena_;
  Control* control_ = nullptr;
  os::Fd event_;
  os::PipeEnds lifeline_;  // its end of file tells the cells that this process is gone
  std::vector<os::ChildProcess> cells_;
  std::vector<const os::Fd*> watched_;
  std::uint64_t goal_ = 0;
  std::int64_t last_ns_ = 0;  // when the step before the next was done
};

}  // namespace

template <class T>
Result<std::unique_ptr<Engine<T>>> process_engine(const EngineJob& job,
                                                  const store::Weights<T>& weights,
                                                  std::uint64_t first_step) {
  auto engine = std::make_unique<ProcessEngine<T>>(job);
  FORKNET_TRY(engine->start(weights, first_step));
  return std::unique_ptr<Engine<T>>(std::move(engine));
}

template Result<std::unique_ptr<Engine<float>>> process_engine(const EngineJob&,
                                                               const store::Weights<float>&,
                                                               std::uint64_t);
template Result<std::unique_ptr<Engine<double>>> process_engine(const EngineJob&,
                                                                const store::Weights<double>&,
                                                                std::uint64_t);

}  // namespace forknet::run
