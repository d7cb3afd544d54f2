#include "engine/cell_life.h"

#include "base/clock.h"
#include "base/try.h"
#include "engine/tracing.h"
#include "os/barrier.h"
#include "os/cpu.h"
#include "os/event.h"
#include "os/failpoint.h"
#include "os/scheduler_slice.h"

namespace forknet::run {
namespace {

// How long a cell whose neighbour died waits for the Supervisor to begin the next generation.
constexpr std::int64_t kPatienceForNext = 10'000'000'000;

// Traces the work of the cell's first thread between steps.
class Between {
 public:
  Between(const CellJob& job, std::uint32_t generation)
      : job_(job),
        generation_(generation),
        spins_(os::spins_for(job.spec.grid.shape.workers(), job.spec.grid.cpus)),
        rings_(rings_of_cell(job.engine, job.spec.cell)),
        ring_(rings_.empty() ? nullptr : rings_.data()) {}

  bool await(std::uint64_t step) {
    if (ring_ != nullptr) ring_->at(step);
    const TraceScope waiting(ring_, TraceSpan::Kind::await_step);
    return job_.coordinator.await(step, generation_, spins_);
  }
  void finish(std::uint64_t step) {
    const TraceScope committing(ring_, TraceSpan::Kind::commit);
    const std::size_t cells = job_.spec.grid.shape.cells();
    if (job_.coordinator.finish(job_.spec.cell, cells, generation_, step)) os::tell(job_.event);
  }

 private:
  const CellJob& job_;
  const std::uint32_t generation_;
  const std::uint32_t spins_;
  std::vector<TraceRing> rings_;
  TraceRing* const ring_;
};

// Steps until the run is over, the generation ends or a step fails.
Status work(const CellJob& job, Cell& cell, std::uint32_t generation) {
  Coordinator& coordinator = job.coordinator;
  Between between(job, generation);
  const std::size_t own = job.spec.cell;
  const std::uint64_t waited_before = coordinator.counts(own).wait_ns;
  FORKNET_FAILPOINT("cell/opened");
  std::uint64_t number = coordinator.committed();
  FORKNET_TRY(cell.begin(number));
  for (; between.await(number); ++number) {
    const std::int64_t begun = monotonic_ns();
    FORKNET_FAILPOINT("cell/step/before");
    FORKNET_TRY(cell.step(number));
    FORKNET_FAILPOINT("cell/step/after");
    coordinator.count_step(own, static_cast<std::uint64_t>(monotonic_ns() - begun),
                           waited_before + cell.wait_ns());
    FORKNET_FAILPOINT("cell/finish/before");
    between.finish(number);
    FORKNET_FAILPOINT("cell/finish/after");
    FORKNET_TRY(cell.after_step(number + 1));
  }
  return {};
}

}  // namespace

Status live(const CellJob& job, Cell& cell) {
  const os::PinScope pin(first_pin(job.spec.grid, job.spec.cell));
  const os::SchedulerSlice slice(job.spec.grid.several_with_cpus());
  Coordinator& coordinator = job.coordinator;
  while (!coordinator.over()) {
    const std::uint32_t generation = coordinator.generation();
    FORKNET_FAILPOINT("cell/entering");
    FORKNET_TRY(cell.enter(generation));
    FORKNET_FAILPOINT("cell/entered");
    coordinator.join(job.spec.cell, generation);
    FORKNET_FAILPOINT("cell/joined");
    os::tell(job.event);
    Status worked;
    if (coordinator.await_open(generation)) worked = work(job, cell, generation);
    FORKNET_FAILPOINT("cell/leaving");
    cell.leave();
    FORKNET_FAILPOINT("cell/left");
    if (worked.ok() || coordinator.over()) continue;
    if (!job.replaceable || !coordinator.await_newer(generation, kPatienceForNext)) {
      return coordinator.over() ? Status() : worked;
    }
  }
  return {};
}

}  // namespace forknet::run
