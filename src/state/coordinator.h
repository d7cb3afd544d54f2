// What crosses between the cells of a run and their Supervisor about steps and generations: how far
// the cells may go, what has been committed and what it came to, who has died and who is here
// again. One implementation is a page that all of them map (page_coordinator.h).
//
// Steps. A step is committed once, when every cell has finished its part of it in the generation at
// hand; a cell that is started again and finishes its part again is not counted twice. A commit
// says too whether the cells rest there: because they may go no further, or because the loss is not
// finite. The Supervisor alone ends a rest, so all cells agree on every step that is begun.
//
// Generations. When a cell dies the Supervisor begins the next generation: every wait of a cell for
// others ends, it lets go of what the old one shared, and joins. When all have joined it is opened,
// and all begin again at the step after the committed one.
//
// Each cell calls from one thread at a time, and so does the Supervisor; what one side put before a
// commit, a join or an opening is seen by those who see that. Waits sleep; nothing is allocated.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "cell/stage_context.h"
#include "state/commits.h"

namespace forknet::run {

// What is counted of a cell, over all processes that it has had.
struct CellCounts {
  std::uint64_t steps_ns = 0;  // spent within steps, waiting for others included
  std::uint64_t wait_ns = 0;   // of that, its first thread's waiting
  std::uint64_t arena = 0;     // bytes that were laid out for it
  std::uint64_t deaths = 0;
};

class Coordinator {
 public:
  virtual ~Coordinator() = default;

  // --- all ask
  [[nodiscard]] virtual std::uint64_t committed() const = 0;  // steps
  [[nodiscard]] virtual bool resting() const = 0;             // after them
  [[nodiscard]] virtual bool over() const = 0;
  [[nodiscard]] virtual std::uint32_t generation() const = 0;
  // The cells rest, and their weights have not been taken since they came to.
  [[nodiscard]] virtual bool undrained() const = 0;
  // A cell of its own memory: its first weights are there.
  [[nodiscard]] virtual bool has_weights(std::size_t cell) const = 0;
  [[nodiscard]] virtual CellCounts counts(std::size_t cell) const = 0;
  // Where its channels count.
  [[nodiscard]] virtual cell::CellTraffic traffic(std::size_t cell) const = 0;

  // --- the Supervisor tells
  // The steps before it may be begun; a rest that lies before it is not ended by that.
  virtual void may_run_to(std::uint64_t step) = 0;
  // Ends a rest that lies before what is allowed now.
  virtual void go_on() = 0;
  // The run is over: every wait ends.
  virtual void exit() = 0;
  virtual void begin_generation(std::uint32_t generation) = 0;
  virtual void open_generation(std::uint32_t generation) = 0;
  // The weights of the rest at hand have been taken.
  virtual void put_drained() = 0;
  // The process of a cell (os::start_ticks): what a resume finds when this process is gone.
  virtual void put_started(std::size_t cell, int pid, std::uint64_t ticks) = 0;
  virtual void put_death(std::size_t cell) = 0;
  // --- and asks
  [[nodiscard]] virtual bool has_joined(std::size_t cell, std::uint32_t generation) const = 0;
  // Its part of the step at hand is done.
  [[nodiscard]] virtual bool has_finished(std::size_t cell) const = 0;
  // What a committed step came to, and when it was committed (monotonic); of the last kFigures.
  [[nodiscard]] virtual const CommittedStep& figures(std::uint64_t step) const = 0;
  [[nodiscard]] virtual std::int64_t committed_at_ns(std::uint64_t step) const = 0;

  // --- a cell tells
  // It shares nothing of an older generation any more.
  virtual void join(std::size_t cell, std::uint32_t generation) = 0;
  virtual void put_has_weights(std::size_t cell) = 0;
  // What the step came to, before it is finished: one cell of the last stage does.
  virtual void put_figures(std::uint64_t step, const cell::BatchSums& sums) = 0;
  // The checksum of what it has written of the weights after so many steps, before it finishes the
  // last of them.
  virtual void put_written(std::size_t cell, std::uint64_t steps, std::uint64_t sum) = 0;
  virtual void put_arena(std::size_t cell, std::uint64_t bytes) = 0;
  // A step took it so long; its first thread has waited for so long in all steps.
  virtual void count_step(std::size_t cell, std::uint64_t ns, std::uint64_t wait_ns) = 0;
  // Its part of the step is done. The last of all `cells` commits; true when they rest now.
  [[nodiscard]] virtual bool finish(std::size_t cell, std::size_t cells, std::uint32_t generation,
                                    std::uint64_t step) = 0;
  // --- and waits
  // Until all have joined. False: there is a newer generation, or the run is over.
  [[nodiscard]] virtual bool await_open(std::uint32_t generation) = 0;
  // For a newer one. False: the run is over, or none began in time.
  [[nodiscard]] virtual bool await_newer(std::uint32_t generation, std::int64_t patience_ns) = 0;
  // Until `step` may begin. False: the run is over, or there is a newer generation.
  [[nodiscard]] virtual bool await(std::uint64_t step, std::uint32_t generation,
                                   std::uint32_t spins) = 0;
  // Once its part of step `steps` - 1 is done: until that is committed; do the cells rest then? All
  // cells get the same answer, as long as the Supervisor ends the rest after all have asked.
  [[nodiscard]] virtual bool rests_after(std::uint64_t steps, std::uint32_t generation,
                                         std::uint32_t spins) = 0;
  // The generation as waits of channels look at it (wire::ChannelOptions).
  [[nodiscard]] virtual const std::atomic<std::uint32_t>& generation_now() const = 0;
};

}  // namespace forknet::run
