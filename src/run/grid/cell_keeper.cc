#include "run/grid/cell_keeper.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "base/clock.h"
#include "os/process.h"

namespace forknet::run {
namespace {

// How often cells are looked at that nothing is heard of.
constexpr std::int64_t kLookAgain = 20'000'000;

std::int64_t nanoseconds_of(double seconds) { return static_cast<std::int64_t>(seconds * 1e9); }
double seconds_of(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) * 1e-9; }

std::string reason(CrashBook::Verdict verdict, std::int64_t restarts) {
  if (verdict == CrashBook::Verdict::always_the_same) return "for the third time running";
  if (restarts == 0) return "and grid.restarts = 0 allows no replacement";
  return fmt::format("one death more without a step in between than grid.restarts = {} allows",
                     restarts);
}

}  // namespace

CellProgress progress_of(const Control& control) {
  return {[&control] { return control.committed(); }, [&control] { return control.resting(); },
          [&control](std::size_t cell) { return control.has_finished(cell); }};
}

CellKeeper::CellKeeper(const EngineJob& job, LiveState& state, const os::Fd& event,
                       const os::Fd& arena, CellProgress progress, std::size_t cells)
    : job_(job),
      progress_(std::move(progress)),
      fleet_(job, state, event, arena, cells),
      crashes_(static_cast<std::uint64_t>(job.config.grid.restarts)),
      watchdog_({nanoseconds_of(job.config.grid.step_budget),
                 nanoseconds_of(job.config.grid.stopped_budget)}),
      stop_patience_(job.stop) {}

Status CellKeeper::start(std::span<const std::size_t> cells) {
  for (const std::size_t cell : cells) FORKNET_TRY(fleet_.start(cell));
  return {};
}

Result<CellKeeper::Cells> CellKeeper::wait(std::int64_t timeout_ns) {
  fleet_.wait(timeout_ns);
  const auto deaths = fleet_.deaths();
  if (deaths.empty()) {
    look_after_cells();
    return Cells{};
  }
  if (!progress_.resting()) ++faults_.redone_steps;
  return judge(deaths);
}

Result<CellKeeper::Cells> CellKeeper::wait_until(const std::function<bool()>& ready) {
  nothing_is_overdue();
  while (!ready()) {
    fleet_.wait(kLookAgain);
    const auto deaths = fleet_.deaths();
    if (!deaths.empty()) return judge(deaths);
    end_stopped_too_long();
  }
  return Cells{};
}

Result<CellKeeper::Cells> CellKeeper::judge(const std::vector<Fleet::Death>& deaths) {
  Cells missing;
  for (const Fleet::Death& death : deaths) {
    const std::uint64_t step = progress_.committed();
    const auto verdict = crashes_.note(death.cell, step, death.ending, death.own_fault);
    ++faults_.cell_deaths;
    if (verdict != CrashBook::Verdict::go_on) return end(death, step, verdict);
    if (job_.note) {
      job_.note(fmt::format("the cell {} (pid {}) {} at step {}; it is started again",
                            cell_name(job_.grid.shape, death.cell), death.pid, death.ending, step));
    }
    ++faults_.restarts;
    missing.push_back(death.cell);
  }
  return missing;
}

Error CellKeeper::end(const Fleet::Death& death, std::uint64_t step, CrashBook::Verdict verdict) {
  fleet_.give_up();
  return Error{ErrorKind::cell,
               fmt::format("the cell {} (pid {}) {} at step {}, {}; the run cannot go on\n"
                           "  forknet train --resume goes on from its last step",
                           cell_name(job_.grid.shape, death.cell), death.pid, death.ending, step,
                           reason(verdict, job_.config.grid.restarts))};
}

void CellKeeper::nothing_is_overdue() { watchdog_.rest(monotonic_ns()); }

void CellKeeper::step_done(std::int64_t step_ns) { watchdog_.step_done(monotonic_ns(), step_ns); }

void CellKeeper::end_stopped_too_long() {
  const std::int64_t now = monotonic_ns();
  if (!watchdog_.worth_a_look(now) || !watchdog_.stopped_too_long(now)) return;
  if (fleet_.look_for_stopped() == Fleet::Found::stopped) fleet_.end_stopped();
}

Status CellKeeper::patience() {
  Status left = stop_patience_.look(progress_.committed());
  if (!left.ok()) fleet_.give_up();
  return left;
}

void CellKeeper::look_while_waiting() {
  if (job_.alive) job_.alive();
  if (patience().ok()) {
    end_stopped_too_long();
  } else {
    fleet_.end_stopped();
  }
}

void CellKeeper::look_after_cells() {
  const std::int64_t now = monotonic_ns();
  const std::uint64_t committed = progress_.committed();
  if (committed != seen_ || progress_.resting()) {
    seen_ = committed;
    watchdog_.rest(now);
  }
  if (!watchdog_.worth_a_look(now)) return;
  const auto found = fleet_.look_for_stopped();
  if (found == Fleet::Found::stopped && watchdog_.stopped_too_long(now)) fleet_.end_stopped();
  if (found != Fleet::Found::none || !watchdog_.hangs(now)) return;
  if (job_.note)
    job_.note(fmt::format("no step for {:.0f} s (grid.step_budget)",
                          seconds_of(watchdog_.step_budget())));
  abort_hanging();
  watchdog_.rest(now);
}

// A cell that hangs in a loop runs, its neighbours sleep; one that hangs asleep looks like them.
void CellKeeper::abort_hanging() {
  Cells unfinished;
  Cells running;
  for (std::size_t cell = 0; cell < job_.grid.shape.cells(); ++cell) {
    if (progress_.has_finished(cell)) continue;
    unfinished.push_back(cell);
    if (os::process_state(fleet_.pid(cell)) == 'R') running.push_back(cell);
  }
  for (const std::size_t cell : running.empty() ? unfinished : running) fleet_.abort(cell);
}

}  // namespace forknet::run
