// Keeps the processes of a grid's cells alive, as far as that makes sense: starts them, hears of
// their deaths, ends those that stand still, and says when enough have died. Knows no weights and
// no generations but that cells join them: who is started again is told to its owner, who lets the
// cells find together. All waits of a Supervisor for its cells go through it. What becomes of a
// cell is a table (cell_table.h); processes and time are the host's.
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

// How often a Supervisor looks at cells of which it hears nothing, and how far they have come.
inline constexpr std::int64_t kLookAgain = 20'000'000;

// How far the cells are, asked whenever it matters.
struct CellProgress {
  std::function<std::uint64_t()> committed;    // steps
  std::function<bool()> resting;               // nobody works on a step
  std::function<bool(std::size_t cell)> owes;  // others wait for what it does
};
// Of cells that commit together; the coordinator outlives it.
[[nodiscard]] CellProgress progress_of(const Coordinator& coordinator);

class ProcessSupervisor {
 public:
  using Cells = std::vector<std::size_t>;

  // Job and host outlive the supervisor.
  ProcessSupervisor(const EngineJob& job, CellHost& host, CellProgress progress, std::size_t cells);

  // Cells that have no process, or were told to have died.
  [[nodiscard]] Status start(std::span<const std::size_t> cells);
  // A cell that is wanted no more, or not this process of it.
  void dismiss(std::size_t cell);
  // The next generation begins: none has joined it.
  void regroup();

  // Both: the cells that have died, which are to be started again; mostly none. Error (cell): the
  // run cannot go on, because deaths would not end; nobody waits for cells to end by themselves
  // then.
  //
  // While cells work: until something has happened or the time is over. A death costs the step in
  // flight; cells that stand still or hang are ended, and their deaths told later.
  [[nodiscard]] Result<Cells> wait(std::int64_t timeout_ns);
  // While nobody works: until all have joined, or a death. What was in flight has been counted; a
  // cell that does not come is ended. Error (stopped): as patience().
  [[nodiscard]] Result<Cells> gather(const std::function<bool(std::size_t cell)>& has_joined);

  // For waits of others for that cell, whatever the cells do; to be called now and then: it is
  // ended when it has been silent too long, and cells that are stopped are, when that has lasted
  // too long or the run has waited long enough to stop.
  void look_while_waiting_for(std::size_t cell);
  // Error (stopped): the run is to stop and has waited long enough; nobody need end by himself.
  [[nodiscard]] Status patience();
  // The owner is at work with the cells: nothing is overdue yet.
  void nothing_is_overdue();
  void step_done(std::int64_t step_ns);

  [[nodiscard]] const Faults& faults() const { return faults_; }
  [[nodiscard]] CellState state(std::size_t cell) const { return states_[cell]; }

 private:
  // The action that the table says, carried out where it is the host's.
  [[nodiscard]] Status tell(std::size_t cell, CellEvent event);
  void condemn(std::size_t cell, CellEvent event);
  void end_stopped();
  void end_for_stop(const Cells& cells, std::string_view why);
  [[nodiscard]] Cells mostly_running(const Cells& cells) const;
  [[nodiscard]] bool all_could_act();
  void end_overdue(const Cells& cells, std::string_view what, std::int64_t budget);
  void end_those_that_do_not_join();
  void look_after_cells();
  [[nodiscard]] Cells cells_that(const std::function<bool(std::size_t cell)>& do_so) const;
  [[nodiscard]] Result<Cells> judge(const std::vector<CellHost::Death>& deaths);
  [[nodiscard]] Error end(const CellHost::Death& death, std::uint64_t step,
                          CrashBook::Verdict verdict);

  const EngineJob& job_;
  CellHost& host_;
  const CellProgress progress_;
  std::vector<CellState> states_;
  std::vector<bool> fresh_;  // its process has never joined
  CrashBook crashes_;
  Watchdog watchdog_;
  StopTimeout stop_timeout_;
  std::uint64_t seen_ = 0;  // steps, when the watchdog looked
  Faults faults_;
};

}  // namespace forknet::run
