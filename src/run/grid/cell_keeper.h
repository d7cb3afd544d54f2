// Keeps the processes of a grid's cells alive, as far as that makes sense: starts them, hears of
// their deaths, ends those that stand still, and says when enough have died. Knows no weights and
// no generations: who is started again is told to its owner, who lets the cells find together. All
// waits of a Supervisor for its cells go through it. Its destructor is the Fleet's.
#pragma once

#include <forknet/result.h>
#include <forknet/train.h>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "run/grid/crash_book.h"
#include "run/grid/fleet.h"
#include "run/grid/stop_patience.h"
#include "run/grid/watchdog.h"

namespace forknet::run {

// How far the cells are, asked whenever it matters.
struct CellProgress {
  std::function<std::uint64_t()> committed;            // steps
  std::function<bool()> resting;                       // nobody works on a step
  std::function<bool(std::size_t cell)> has_finished;  // its part of the step at hand
};
// Of cells that commit together; `control` outlives it.
[[nodiscard]] CellProgress progress_of(const Control& control);

class CellKeeper {
 public:
  using Cells = std::vector<std::size_t>;

  // All of it outlives the keeper, as Fleet wants it.
  CellKeeper(const EngineJob& job, LiveState& state, const os::Fd& event, const os::Fd& arena,
             CellProgress progress, std::size_t cells);

  [[nodiscard]] Status open() { return fleet_.open(); }
  // Cells that have no process, or were told to have died.
  [[nodiscard]] Status start(std::span<const std::size_t> cells);
  void send(std::size_t cell, std::uint32_t generation, std::span<const os::Fd* const> fds) {
    fleet_.send(cell, generation, fds);
  }
  // A cell that is wanted no more, or not this process of it.
  void dismiss(std::size_t cell) { fleet_.dismiss(cell); }
  [[nodiscard]] int pid(std::size_t cell) const { return fleet_.pid(cell); }

  // Both: the cells that have died, which are to be started again; mostly none. Error (cell): the
  // run cannot go on, because deaths would not end; destroying the keeper waits for nobody then.
  //
  // While cells work: until something has happened or the time is over. A death costs the step in
  // flight; cells that stand still or hang are ended, and their deaths told later.
  [[nodiscard]] Result<Cells> wait(std::int64_t timeout_ns);
  // While nobody works: until ready(), or a death. What was in flight has been counted.
  [[nodiscard]] Result<Cells> wait_until(const std::function<bool()>& ready);

  // For waits of others, whatever the cells do; to be called now and then: cells that are stopped
  // are ended, when that has lasted too long or the run has waited long enough to stop.
  void look_while_waiting();
  // Error (stopped): the run is to stop and has waited long enough; nobody need end by himself.
  [[nodiscard]] Status patience();
  // The owner is at work with the cells: nothing is overdue yet.
  void nothing_is_overdue();
  void step_done(std::int64_t step_ns);

  [[nodiscard]] const Faults& faults() const { return faults_; }

 private:
  void end_stopped_too_long();
  [[nodiscard]] Result<Cells> judge(const std::vector<Fleet::Death>& deaths);
  [[nodiscard]] Error end(const Fleet::Death& death, std::uint64_t step,
                          CrashBook::Verdict verdict);
  void look_after_cells();
  void abort_hanging();

  const EngineJob& job_;
  const CellProgress progress_;
  Fleet fleet_;
  CrashBook crashes_;
  Watchdog watchdog_;
  StopPatience stop_patience_;
  std::uint64_t seen_ = 0;  // steps, when the watchdog looked
  Faults faults_;
};

}  // namespace forknet::run
