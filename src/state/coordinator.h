// The interface between the cells of a run and their Supervisor for steps and generations: how far
// the cells may go, the commits and their figures, deaths and joins. One implementation is a page
// that all of them map (page_coordinator.h).
//
// Steps. A step is committed once, when every cell has finished its part in the current generation;
// a restarted cell that finishes its part again is not counted twice. A commit also records whether
// the cells rest there, because they may go no further or the loss is not finite. Only the
// Supervisor ends a rest, so all cells agree on every step that is begun.
//
// Generations. When a cell dies the Supervisor begins the next generation: all waits of cells for
// others end, each cell releases what the old generation shared, and joins. When all have joined,
// the generation is opened, and all begin at the step after the committed one.
//
// Each cell calls from one thread at a time, and so does the Supervisor. What one side wrote before
// a commit, a join or an opening is visible to all who see that event. Waits sleep; no call
// allocates.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "cell/stage_context.h"
#include "state/commits.h"

namespace forknet::run {

// The counters of a cell, over all its processes.
struct CellCounts {
  std::uint64_t steps_ns = 0;  // spent within steps, waiting for others included
  std::uint64_t wait_ns = 0;   // of that, its first thread's waiting
  std::uint64_t arena = 0;     // bytes of its workspace and buffers
  std::uint64_t deaths = 0;
};

class Coordinator {
 public:
  virtual ~Coordinator() = default;

  // --- queries by all
  [[nodiscard]] virtual std::uint64_t committed() const = 0;  // steps
  [[nodiscard]] virtual bool resting() const = 0;             // after them
  [[nodiscard]] virtual bool over() const = 0;
  [[nodiscard]] virtual std::uint32_t generation() const = 0;
  // The cells rest, and their weights have not been collected in this rest.
  [[nodiscard]] virtual bool undrained() const = 0;
  // A cell with private memory has received its first weights.
  [[nodiscard]] virtual bool has_weights(std::size_t cell) const = 0;
  [[nodiscard]] virtual CellCounts counts(std::size_t cell) const = 0;
  // The counters of its channels.
  [[nodiscard]] virtual cell::CellTraffic traffic(std::size_t cell) const = 0;

  // --- calls of the Supervisor
  // Allows the steps before `step`; does not end a rest.
  virtual void may_run_to(std::uint64_t step) = 0;
  // Ends a rest at a step that is now allowed.
  virtual void go_on() = 0;
  // The run is over: every wait ends.
  virtual void exit() = 0;
  virtual void begin_generation(std::uint32_t generation) = 0;
  virtual void open_generation(std::uint32_t generation) = 0;
  // The weights of the current rest have been collected.
  virtual void put_drained() = 0;
  // Records the process of a cell (os::start_ticks), for a resume after the Supervisor's death.
  virtual void put_started(std::size_t cell, int pid, std::uint64_t ticks) = 0;
  virtual void put_death(std::size_t cell) = 0;
  // --- queries of the Supervisor
  [[nodiscard]] virtual bool has_joined(std::size_t cell, std::uint32_t generation) const = 0;
  // The cell has finished its part of the current step.
  [[nodiscard]] virtual bool has_finished(std::size_t cell) const = 0;
  // The figures of a committed step, and the time of its commit (monotonic); only the last
  // kFigures.
  [[nodiscard]] virtual const CommittedStep& figures(std::uint64_t step) const = 0;
  [[nodiscard]] virtual std::int64_t committed_at_ns(std::uint64_t step) const = 0;

  // --- calls of a cell
  // The cell no longer uses anything shared in an older generation.
  virtual void join(std::size_t cell, std::uint32_t generation) = 0;
  virtual void put_has_weights(std::size_t cell) = 0;
  // The figures of the step, written before it is finished, by one cell of the last stage.
  virtual void put_figures(std::uint64_t step, const cell::BatchSums& sums) = 0;
  // The checksum of the weights that the cell wrote, after `steps` steps; called before it finishes
  // the last of them.
  virtual void put_written(std::size_t cell, std::uint64_t steps, std::uint64_t sum) = 0;
  virtual void put_arena(std::size_t cell, std::uint64_t bytes) = 0;
  // The time of the cell in one step, and the time that its first thread has waited in all steps.
  virtual void count_step(std::size_t cell, std::uint64_t ns, std::uint64_t wait_ns) = 0;
  // The cell has finished its part of the step. The last of all `cells` commits. True: they rest
  // now.
  [[nodiscard]] virtual bool finish(std::size_t cell, std::size_t cells, std::uint32_t generation,
                                    std::uint64_t step) = 0;
  // --- waits of a cell
  // Waits until all have joined. False: there is a newer generation, or the run is over.
  [[nodiscard]] virtual bool await_open(std::uint32_t generation) = 0;
  // Waits for a newer one. False: the run is over, or none began in time.
  [[nodiscard]] virtual bool await_newer(std::uint32_t generation, std::int64_t patience_ns) = 0;
  // Waits until `step` may begin. False: the run is over, or there is a newer generation.
  [[nodiscard]] virtual bool await(std::uint64_t step, std::uint32_t generation,
                                   std::uint32_t spins) = 0;
  // Called when the cell has finished step `steps` - 1: waits for its commit. Returns whether the
  // cells then rest. All get the same answer if the Supervisor ends the rest after all have called.
  [[nodiscard]] virtual bool rests_after(std::uint64_t steps, std::uint32_t generation,
                                         std::uint32_t spins) = 0;
  // The generation word for the waits of channels (wire::ChannelOptions).
  [[nodiscard]] virtual const std::atomic<std::uint32_t>& generation_now() const = 0;
};

}  // namespace forknet::run
