#include "supervise/process_supervisor.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/try.h"
#include "engine/cell_spec.h"

namespace forknet::run {
namespace {

std::int64_t nanoseconds_of(double seconds) { return static_cast<std::int64_t>(seconds * 1e9); }
double seconds_of(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) * 1e-9; }

// The number of deaths without a step in between that the run survives.
std::uint64_t most_deaths(const EngineJob& job) {
  return transport_of(job).can_replace() ? static_cast<std::uint64_t>(job.config.grid.restarts) : 0;
}

std::string reason(CrashBook::Verdict verdict, const EngineJob& job) {
  const std::int64_t restarts = job.config.grid.restarts;
  if (verdict == CrashBook::Verdict::always_the_same) return "for the third time in a row";
  if (!transport_of(job).can_replace()) return "and its channels cannot be opened again";
  if (restarts == 0) return "and grid.restarts = 0 allows no replacement";
  return fmt::format("one death more without a step in between than grid.restarts = {} allows",
                     restarts);
}

}  // namespace

CellProgress progress_of(const Coordinator& coordinator) {
  return {[&coordinator] { return coordinator.committed(); },
          [&coordinator] { return coordinator.resting(); },
          [&coordinator](std::size_t cell) {
            return !coordinator.resting() && !coordinator.has_finished(cell);
          }};
}

ProcessSupervisor::ProcessSupervisor(const EngineJob& job, CellHost& host, CellProgress progress,
                                     std::size_t cells)
    : job_(job),
      host_(host),
      progress_(std::move(progress)),
      states_(cells, CellState::absent),
      fresh_(cells, true),
      crashes_(most_deaths(job)),
      watchdog_({nanoseconds_of(job.config.grid.step_budget),
                 nanoseconds_of(job.config.grid.stopped_budget)}),
      stop_timeout_(job.stop, job.stop_order) {}

Status ProcessSupervisor::apply(std::size_t cell, CellEvent event) {
  const CellTransition next = transition(states_[cell], event);
  FORKNET_CHECK(next.action != CellAction::refuse);
  switch (next.action) {
    case CellAction::spawn:
      FORKNET_TRY(host_.start(cell));
      break;
    case CellAction::abort:
      host_.abort(cell);
      break;
    case CellAction::kill:
      host_.kill(cell);
      break;
    case CellAction::remove:
      host_.dismiss(cell);
      break;
    case CellAction::none:
    case CellAction::on_exit:
    case CellAction::refuse:
      break;
  }
  states_[cell] = next.to;
  return {};
}

// For events whose actions cannot fail.
void ProcessSupervisor::condemn(std::size_t cell, CellEvent event) { (void)apply(cell, event); }

Status ProcessSupervisor::start(std::span<const std::size_t> cells) {
  for (const std::size_t cell : cells) {
    FORKNET_TRY(apply(cell, CellEvent::start));
    fresh_[cell] = true;
  }
  return {};
}

void ProcessSupervisor::dismiss(std::size_t cell) { (void)apply(cell, CellEvent::dismiss); }

void ProcessSupervisor::regroup() {
  for (std::size_t cell = 0; cell < states_.size(); ++cell) (void)apply(cell, CellEvent::regroup);
}

Result<ProcessSupervisor::Cells> ProcessSupervisor::wait(std::int64_t timeout_ns) {
  host_.wait(timeout_ns);
  const auto deaths = host_.deaths();
  if (deaths.empty()) {
    look_after_cells();
    return Cells{};
  }
  if (!progress_.resting()) ++faults_.redone_steps;
  return handle_deaths(deaths);
}

Result<ProcessSupervisor::Cells> ProcessSupervisor::gather(
    const std::function<bool(std::size_t cell)>& has_joined) {
  nothing_is_overdue();
  while (true) {
    if (job_.alive) job_.alive();
    for (const std::size_t cell : cells_that(has_joined)) {
      (void)apply(cell, CellEvent::join);
      fresh_[cell] = false;
    }
    FORKNET_TRY(patience());
    const bool all = std::all_of(states_.begin(), states_.end(),
                                 [](CellState state) { return state == CellState::working; });
    if (all) return Cells{};
    host_.wait(kLookAgain);
    const auto deaths = host_.deaths();
    if (!deaths.empty()) return handle_deaths(deaths);
    end_those_that_do_not_join();
  }
}

Result<ProcessSupervisor::Cells> ProcessSupervisor::handle_deaths(
    const std::vector<CellHost::Death>& deaths) {
  Cells missing;
  for (const CellHost::Death& death : deaths) {
    FORKNET_TRY(apply(death.cell, CellEvent::death));
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

Error ProcessSupervisor::end(const CellHost::Death& death, std::uint64_t step,
                             CrashBook::Verdict verdict) {
  host_.give_up();
  return Error{ErrorKind::cell,
               fmt::format("the cell {} (pid {}) {} at step {}, {}; the run cannot go on",
                           cell_name(job_.grid.shape, death.cell), death.pid, death.ending, step,
                           reason(verdict, job_))};
}

void ProcessSupervisor::nothing_is_overdue() { watchdog_.rest(host_.now()); }

void ProcessSupervisor::step_done(std::int64_t step_ns) {
  watchdog_.step_done(host_.now(), step_ns);
}

ProcessSupervisor::Cells ProcessSupervisor::cells_that(
    const std::function<bool(std::size_t cell)>& do_so) const {
  Cells cells;
  for (std::size_t cell = 0; cell < states_.size(); ++cell) {
    if (do_so(cell)) cells.push_back(cell);
  }
  return cells;
}

void ProcessSupervisor::end_stopped() {
  for (const std::size_t cell : cells_that([this](auto c) { return host_.is_stopped(c); })) {
    condemn(cell, CellEvent::stopped);
  }
}

// The cells are replaced, and the step that the stop waits for is repeated.
void ProcessSupervisor::end_for_stop(const Cells& cells, std::string_view why) {
  for (const std::size_t cell : cells) {
    if (states_[cell] == CellState::absent || states_[cell] == CellState::condemned) continue;
    if (job_.note) {
      job_.note(fmt::format("the cell {} (pid {}) {}, and the run is to stop: it is ended",
                            cell_name(job_.grid.shape, cell), host_.pid(cell), why));
    }
    condemn(cell, CellEvent::stopped);
  }
}

// False: too early to check, or some cell is stopped or held by a debugger.
bool ProcessSupervisor::all_could_act() {
  const std::int64_t now = host_.now();
  watchdog_.look(now);
  if (!watchdog_.worth_a_look(now)) return false;
  const auto found = host_.look_for_stopped();
  if (found == CellHost::Found::none) return true;
  watchdog_.held(now);
  if (found != CellHost::Found::stopped) return false;
  if (watchdog_.stopped_too_long(now)) end_stopped();
  if (stop_timeout_.hurries(now)) {
    end_for_stop(cells_that([this](auto cell) { return host_.is_stopped(cell); }), "is stopped");
  }
  return false;
}

Status ProcessSupervisor::patience() {
  Status left = stop_timeout_.look(host_.now(), progress_.committed());
  if (!left.ok()) host_.give_up();
  return left;
}

// A cell that hangs in a loop is running while its neighbours sleep; one that hangs asleep cannot
// be told from them.
ProcessSupervisor::Cells ProcessSupervisor::mostly_running(const Cells& cells) const {
  Cells running;
  std::copy_if(cells.begin(), cells.end(), std::back_inserter(running),
               [this](std::size_t cell) { return host_.runs(cell); });
  return running.empty() ? cells : running;
}

void ProcessSupervisor::end_overdue(const Cells& cells, std::string_view what,
                                    std::int64_t budget) {
  if (cells.empty()) return;
  if (job_.note) {
    job_.note(fmt::format("{} for {:.3g} s (grid.step_budget)", what, seconds_of(budget)));
  }
  for (const std::size_t cell : mostly_running(cells)) condemn(cell, CellEvent::overdue);
  nothing_is_overdue();
}

void ProcessSupervisor::look_while_waiting_for(std::size_t cell) {
  if (job_.alive) job_.alive();
  // The stop timeout is over: do not wait for a hanging cell either.
  if (!patience().ok()) return condemn(cell, CellEvent::stopped);
  const bool overdue = all_could_act() && watchdog_.hangs_at_start(host_.now());
  if (!overdue || states_[cell] == CellState::absent) return;
  end_overdue({cell}, "no weights came through a pipe", watchdog_.start_budget());
}

// A new process needs more time than a step.
void ProcessSupervisor::end_those_that_do_not_join() {
  if (!all_could_act() || !watchdog_.hangs(host_.now())) return;
  const bool long_enough = watchdog_.hangs_at_start(host_.now());
  end_overdue(cells_that([&](std::size_t cell) {
                const bool here = states_[cell] == CellState::working;
                return !here && states_[cell] != CellState::absent &&
                       (long_enough || !fresh_[cell]);
              }),
              "cells have not joined", watchdog_.step_budget());
}

void ProcessSupervisor::look_after_cells() {
  const Cells owing = cells_that([this](std::size_t cell) {
    return states_[cell] != CellState::absent && progress_.owes(cell);
  });
  const std::uint64_t committed = progress_.committed();
  if (std::exchange(seen_, committed) != committed || owing.empty()) nothing_is_overdue();
  const std::int64_t now = host_.now();
  if (!all_could_act()) return;
  if (stop_timeout_.hurries(now) && watchdog_.hangs_at_stop(now)) {
    end_for_stop(mostly_running(owing), "does not finish its step");
    return nothing_is_overdue();
  }
  if (watchdog_.hangs(now)) end_overdue(owing, "no step", watchdog_.step_budget());
}

}  // namespace forknet::run
