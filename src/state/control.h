// The page that the cells of a run and its Supervisor map: how far the cells may go, the commits,
// the figures of each step. All zero except what prepare() sets. Engines and supervisors see it
// through a Coordinator (page_coordinator.h), which says what each call promises.
//
// One atomic store of the last cell to finish its part commits a step: `commit_` holds the number
// of steps and whether the cells rest there. Cells begin a rest, the Supervisor ends it, so all
// cells agree on every step that is begun. "Finished" is one word per cell, not a counter: a
// restarted cell that finishes its part again is not counted twice.
//
// When a cell dies the Supervisor begins the next generation: every wait for other cells ends, each
// cell releases what the old generation shared, and joins. When all have joined, the generation is
// opened, and all begin at the step after the committed one.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "settings/limits.h"
#include "state/commits.h"
#include "wire/channel.h"

namespace forknet::run {

struct CellControlBlock {
  // (generation, steps): the finished steps in the lower 48 bits. seq_cst, against the words of
  // other cells: of two cells that finish together at least one sees both.
  alignas(64) std::atomic<std::uint64_t> finished;
  std::atomic<std::uint32_t> joined;  // the generation it has joined, plus one
  std::atomic<std::uint32_t> filled;  // a cell with private memory: it has its first weights
  std::atomic<std::uint32_t> deaths;
  std::atomic<std::uint64_t> steps_ns;   // spent within steps, waiting for others included
  std::atomic<std::uint64_t> wait_ns;    // of that, its first thread's waiting
  std::atomic<int> pid;                  // of its process; with its start it names one process
  std::atomic<std::uint64_t> pid_ticks;  // (os::start_ticks)
  WrittenSums written;                   // of the weights that the cell wrote
  wire::Traffic in;
  wire::Traffic out;
  std::atomic<std::uint64_t> arena;  // bytes of its memory; behind what a resume reads
};

class Control : public Commits {
 public:
  void prepare(std::uint64_t first_step);

  // --- for the Supervisor
  void may_run_to(std::uint64_t step) { until_.store(step, std::memory_order_seq_cst); }
  // Ends a rest at a step that is now allowed.
  void go_on();
  void exit();
  void begin_generation(std::uint32_t generation);
  [[nodiscard]] bool has_joined(std::size_t cell, std::uint32_t generation) const {
    return cells[cell].joined.load(std::memory_order_acquire) == generation + 1;
  }
  void open_generation(std::uint32_t generation);
  // The cell has finished its part of the current step.
  [[nodiscard]] bool has_finished(std::size_t cell) const;
  // The weights of the current rest have been collected; cells need not send them again.
  void put_drained() { drained_.store(committed(), std::memory_order_release); }
  [[nodiscard]] bool over() const { return exit_.load(std::memory_order_seq_cst) != 0; }
  // When a committed step was committed (monotonic).
  [[nodiscard]] std::int64_t committed_at_ns(std::uint64_t step) const {
    return times_[step % kFigures].load(std::memory_order_relaxed);
  }

  // --- for a cell
  [[nodiscard]] std::uint32_t generation() const {
    return generation_.load(std::memory_order_acquire);
  }
  [[nodiscard]] const std::atomic<std::uint32_t>& generation_word() const { return generation_; }
  // The cell no longer uses anything shared in an older generation.
  void join(std::size_t cell, std::uint32_t generation) {
    cells[cell].joined.store(generation + 1, std::memory_order_release);
  }
  // All have joined and may begin.
  [[nodiscard]] bool is_open(std::uint32_t generation) const {
    return opened_.load(std::memory_order_seq_cst) == generation + 1;
  }
  // The step before it is committed, and the cells do not rest there.
  [[nodiscard]] bool may_begin(std::uint64_t step) const {
    return commit_.load(std::memory_order_seq_cst) == step << 1;
  }
  // Waits until all have joined. False: there is a newer generation, or the run is over.
  [[nodiscard]] bool await_open(std::uint32_t generation);
  // Waits for a newer one. False: the run is over, or none began in time.
  [[nodiscard]] bool await_newer(std::uint32_t generation, std::int64_t patience_ns);
  // Waits until `step` may begin. False: the run is over, or there is a newer generation.
  [[nodiscard]] bool await(std::uint64_t step, std::uint32_t generation, std::uint32_t spins);
  // Called when the cell has finished step `steps` - 1: waits for its commit. Returns whether the
  // cells then rest. All get the same answer if the Supervisor ends the rest after all have called.
  [[nodiscard]] bool rests_after(std::uint64_t steps, std::uint32_t generation,
                                 std::uint32_t spins);
  // The cells rest, and their weights have not been collected in this rest.
  [[nodiscard]] bool undrained() const {
    return resting() && drained_.load(std::memory_order_acquire) != committed();
  }
  // The cell has finished its part of the step. The last cell commits. True: the cells rest now.
  [[nodiscard]] bool finish(std::size_t cell, std::size_t cells, std::uint32_t generation,
                            std::uint64_t step);

  std::array<CellControlBlock, kMostCells> cells;

 private:
  [[nodiscard]] bool commit(std::uint64_t step);
  void wake();
  // Waits for ready(). False: the run is over or there is a newer generation.
  template <class Ready>
  [[nodiscard]] bool wait_for(Ready ready, std::uint32_t generation, std::uint32_t spins);

  alignas(64) std::atomic<std::uint64_t> until_;
  std::atomic<std::uint32_t> exit_;
  std::atomic<std::uint32_t> generation_;
  std::atomic<std::uint32_t> opened_;   // the generation, plus one
  std::atomic<std::uint64_t> drained_;  // steps
  std::atomic<std::uint32_t> turn_;     // changes after commit_; what sleepers wait on
  std::atomic<std::uint32_t> sleepers_;
  std::array<std::atomic<std::int64_t>, kFigures> times_;
};

}  // namespace forknet::run
