// Keeps the processes of a grid's cells alive within limits: starts them, notices their deaths,
// ends cells that hang, and ends the run after too many deaths. Knows no weights, and of
// generations only that cells join them: it returns the cells to start again, and the caller brings
// the cells together. All waits of a Supervisor for its cells go through it. The states of a cell
// are a table (cell_table.h); processes and clock belong to the CellHost.
#pragma once

#include <forknet/result.h>
#include <forknet/train.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "engine/engine.h"
#include "supervise/cell_host.h"
#include "supervise/cell_table.h"
#include "supervise/crash_book.h"
#include "supervise/stop_timeout.h"
#include "supervise/watchdog.h"

namespace forknet::run {

// The interval at which a Supervisor checks silent cells and their progress.
inline constexpr std::int64_t kLookAgain = 20'000'000;

// The progress of the cells, queried when needed.
struct CellProgress {
  std::function<std::uint64_t()> committed;    // steps
  std::function<bool()> resting;               // true: no cell works on a step
  std::function<bool(std::size_t cell)> owes;  // true: other cells wait for this one
};
// The progress of cells that commit together; the coordinator outlives the result.
[[nodiscard]] CellProgress progress_of(const Coordinator& coordinator);

class ProcessSupervisor {
 public:
  using Cells = std::vector<std::size_t>;

  // Job and host outlive the supervisor.
  ProcessSupervisor(const EngineJob& job, CellHost& host, CellProgress progress, std::size_t cells);

  // Starts cells that have no process or were reported dead.
  [[nodiscard]] Status start(std::span<const std::size_t> cells);
  // Ends a process that is no longer needed.
  void dismiss(std::size_t cell);
  // The next generation begins; no cell has joined it yet.
  void regroup();

  // Both return the cells that have died and must be started again; mostly none. Error (cell): too
  // many deaths, the run cannot continue; the host then does not wait for voluntary exits.
  //
  // While cells work: blocks until an event or the time is over. A death costs the step in flight.
  // Ends cells that are stopped or hang; their deaths are reported later.
  [[nodiscard]] Result<Cells> wait(std::int64_t timeout_ns);
  // While no cell works: blocks until all have joined, or a death. The step in flight is already
  // counted. Ends a cell that does not join. Error (stopped): as patience().
  [[nodiscard]] Result<Cells> gather(const std::function<bool(std::size_t cell)>& has_joined);

  // Call at intervals while waiting for this cell elsewhere. Ends it when it has been silent too
  // long. Ends stopped cells (SIGSTOP) when that has lasted too long or the stop timeout is over.
  void look_while_waiting_for(std::size_t cell);
  // Error (stopped): the stop timeout is over; the host then does not wait for voluntary exits.
  [[nodiscard]] Status patience();
  // The caller works with the cells: restarts the watchdog's budgets.
  void nothing_is_overdue();
  void step_done(std::int64_t step_ns);

  [[nodiscard]] const Faults& faults() const { return faults_; }
  [[nodiscard]] CellState state(std::size_t cell) const { return states_[cell]; }

 private:
  // Applies an event by the table and carries out actions of the host.
  [[nodiscard]] Status apply(std::size_t cell, CellEvent event);
  void condemn(std::size_t cell, CellEvent event);
  void end_stopped();
  void end_for_stop(const Cells& cells, std::string_view why);
  [[nodiscard]] Cells mostly_running(const Cells& cells) const;
  [[nodiscard]] bool all_could_act();
  void end_overdue(const Cells& cells, std::string_view what, std::int64_t budget);
  void end_those_that_do_not_join();
  void look_after_cells();
  [[nodiscard]] Cells cells_that(const std::function<bool(std::size_t cell)>& do_so) const;
  [[nodiscard]] Result<Cells> handle_deaths(const std::vector<CellHost::Death>& deaths);
  [[nodiscard]] Error end(const CellHost::Death& death, std::uint64_t step,
                          CrashBook::Verdict verdict);

  const EngineJob& job_;
  CellHost& host_;
  const CellProgress progress_;
  std::vector<CellState> states_;
  std::vector<bool> fresh_;  // the process has never joined
  CrashBook crashes_;
  Watchdog watchdog_;
  StopTimeout stop_timeout_;
  std::uint64_t seen_ = 0;  // steps at the last look of the watchdog
  Faults faults_;
};

}  // namespace forknet::run
