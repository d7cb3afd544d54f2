// The workers of a grid in shared memory: the plan of their work, the threads of this process, the
// barriers and the links between stages. Either the whole grid in this process, or one cell of it;
// the other cells are then processes that map the same memory.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "cell/barriers.h"
#include "cell/links.h"
#include "cell/schedule.h"
#include "cell/shares.h"
#include "cell/thread_team.h"
#include "nn/slices.h"
#include "os/mapping.h"

namespace forknet::cell {

struct GridPlan {
  GridShape shape;
  std::vector<nn::LayerRange> slices;  // one per stage
  std::size_t microbatches = 1;        // per replica and full batch
  Schedule schedule = Schedule::one_f_one_b;
  bool neurons = false;   // one thread per unit; shape.threads is then 1
  std::vector<int> pins;  // the CPU of each worker; empty: not bound
  std::size_t cpus = 1;   // that the grid may use at a time; decides how its workers wait
  // True: several workers, with a CPU for each.
  // True: one stage keeps every CPU busy, so that any other thread takes time from it. Stages of a
  // pipeline wait for one another, and the first one for inputs.
  [[nodiscard]] bool fills_cpus() const { return shape.stages == 1 && shape.workers() >= cpus; }
  [[nodiscard]] bool several_with_cpus() const {
    return shape.workers() > 1 && shape.workers() <= cpus;
  }
  // True: the first stage begins weight gradients early (schedule.h). Only with a single worker:
  // several would need a barrier first, because each sums gradients over the rows of all.
  [[nodiscard]] bool begins_early() const {
    const bool alone = shape.stages > 1 && shape.stage_workers() == 1 && !neurons;
    return alone && schedule == Schedule::zero_bubble;
  }
};

// The counters of a cell's frames; null: not counted.
struct CellTraffic {
  wire::Traffic* in = nullptr;
  wire::Traffic* out = nullptr;
};

class StageContext {
 public:
  // All workers as threads of this process.
  [[nodiscard]] static Result<std::unique_ptr<StageContext>> in_threads(GridPlan plan);

  // One cell. `memory`: shared_bytes(shape), 64-byte aligned, initially zero, mapped by all cells;
  // outlives the context. prepare_shared() has been called once.
  [[nodiscard]] static Result<std::unique_ptr<StageContext>> of_cell(GridPlan plan,
                                                                     std::size_t cell,
                                                                     std::span<std::byte> memory,
                                                                     std::uint32_t generation,
                                                                     const CellTraffic& traffic);
  // One cell with private memory: the plan's shape has one replica; `stage` is the cell's stage.
  [[nodiscard]] static Result<std::unique_ptr<StageContext>> of_private_cell(
      GridPlan plan, std::size_t stage, Links links, std::uint32_t generation);
  [[nodiscard]] static std::size_t shared_bytes(const GridShape& shape);
  // Prepares the memory for a generation; no worker of an older one is running.
  static void prepare_shared(const GridPlan& plan, std::span<std::byte> memory,
                             std::uint32_t generation);
  // Ends every wait of older generations, because a cell has died.
  static void interrupt_shared(const GridPlan& plan, std::span<std::byte> memory,
                               std::uint32_t generation);

  // How this process's workers meet those of other cells: there are no others; in shared memory; or
  // by the links of the stage alone.
  enum class Reach { alone, memory, links };
  [[nodiscard]] Reach reach() const { return reach_; }
  // The first of this process's cells.
  [[nodiscard]] std::size_t own_cell() const { return own_cell_; }

  [[nodiscard]] const GridPlan& plan() const { return plan_; }
  [[nodiscard]] const GridShape& shape() const { return plan_.shape; }
  [[nodiscard]] std::uint32_t generation() const { return generation_; }
  [[nodiscard]] ThreadTeam& team() { return *team_; }
  [[nodiscard]] Barriers& barriers() { return *barriers_; }
  [[nodiscard]] Links& links(const Worker& worker) { return links_[worker.cell()]; }
  // The actions of a stage for this many microbatches, at most those of the plan.
  [[nodiscard]] const std::vector<Action>& actions(std::size_t stage,
                                                   std::size_t microbatches) const {
    return actions_[stage * (plan_.microbatches + 1) + microbatches];
  }

  // Adds time that a worker spent waiting for others within steps. Readable from any thread.
  void add_wait(const Worker& worker, std::int64_t nanoseconds) {
    waits_[worker.index].ns.fetch_add(static_cast<std::uint64_t>(nanoseconds),
                                      std::memory_order_relaxed);
  }
  // The mean wait time over the threads of a cell.
  [[nodiscard]] std::uint64_t wait_ns(std::size_t cell) const;
  // For a context in threads: the traffic of a cell's channels.
  [[nodiscard]] const wire::Traffic& traffic_in(std::size_t cell) const {
    return own_traffic_[2 * cell];
  }
  [[nodiscard]] const wire::Traffic& traffic_out(std::size_t cell) const {
    return own_traffic_[2 * cell + 1];
  }

  // The step cannot continue: a channel is broken, or another cell has died. From now on no thread
  // of this process waits for others, and the results of the step must not be used.
  void abandon(const Error& why);
  [[nodiscard]] bool abandoned() const { return abandoned_.load(std::memory_order_acquire); }
  // The error of abandon(), if it was called. Call once all workers have returned.
  [[nodiscard]] Status whole() const;

 private:
  explicit StageContext(GridPlan plan);
  [[nodiscard]] Status start(std::size_t first_cell, std::size_t cells);
  void link(std::size_t cell, std::span<std::byte> rings, const CellTraffic& traffic);

  const GridPlan plan_;
  std::uint32_t generation_ = 0;
  Reach reach_ = Reach::alone;
  std::size_t own_cell_ = 0;
  std::vector<std::vector<Action>> actions_;
  os::Mapping own_;  // of links, if no memory is shared with other processes
  std::unique_ptr<Barriers> barriers_;
  struct alignas(64) Wait {
    std::atomic<std::uint64_t> ns{0};
  };
  std::vector<Wait> waits_;                 // by worker
  std::vector<wire::Traffic> own_traffic_;  // two per cell, if not counted elsewhere
  std::vector<Links> links_;                // by cell; only cells of this process
  std::unique_ptr<ThreadTeam> team_;
  std::atomic<bool> abandoning_{false};  // set by the first caller of abandon()
  std::atomic<bool> abandoned_{false};   // release: publishes `why_`
  Status why_;
};

}  // namespace forknet::cell
