// The workers of a grid that work on one memory: the plan of their work, the threads of this
// process among them, where they meet and how the stages are joined. Either the whole grid in this
// process, or one cell of it, the others being processes that map the same memory.
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
  std::vector<nn::LayerRange> slices;  // one a stage
  std::size_t microbatches = 1;        // of a replica's share of a full batch
  Schedule schedule = Schedule::one_f_one_b;
  bool neurons = false;   // a thread for every neuron; shape.threads is 1 then
  std::vector<int> pins;  // the CPU of each worker; empty: nobody is bound
  std::size_t cpus = 1;   // that the grid may use at a time: decides how its workers wait
  // Several, each with a CPU to itself as far as the grid is concerned.
  [[nodiscard]] bool several_with_cpus() const {
    return shape.workers() > 1 && shape.workers() <= cpus;
  }
  // The first stage begins weight gradients early (schedule.h). Several workers of it would have to
  // meet first: each takes gradients over the rows of all.
  [[nodiscard]] bool begins_early() const {
    const bool alone = shape.stages > 1 && shape.stage_workers() == 1 && !neurons;
    return alone && schedule == Schedule::zero_bubble;
  }
};

// Where a cell's frames are counted; null: nowhere.
struct CellTraffic {
  wire::Traffic* in = nullptr;
  wire::Traffic* out = nullptr;
};

class StageContext {
 public:
  // All workers as threads of this process.
  [[nodiscard]] static Result<std::unique_ptr<StageContext>> in_threads(GridPlan plan);

  // One cell. `memory`: shared_bytes(shape), 64-byte aligned, zero at first, mapped by all cells,
  // outliving the context; prepare_shared() has been called once.
  [[nodiscard]] static Result<std::unique_ptr<StageContext>> of_cell(GridPlan plan,
                                                                     std::size_t cell,
                                                                     std::span<std::byte> memory,
                                                                     std::uint32_t generation,
                                                                     const CellTraffic& traffic);
  // One cell whose memory is its own: the plan's shape has one replica, `stage` is its own.
  [[nodiscard]] static Result<std::unique_ptr<StageContext>> of_private_cell(
      GridPlan plan, std::size_t stage, Links links, std::uint32_t generation);
  [[nodiscard]] static std::size_t shared_bytes(const GridShape& shape);
  // For the contexts of a generation; no worker of an older one is at work.
  static void prepare_shared(const GridPlan& plan, std::span<std::byte> memory,
                             std::uint32_t generation);
  // Ends every wait of older generations: somebody will never come.
  static void interrupt_shared(const GridPlan& plan, std::span<std::byte> memory,
                               std::uint32_t generation);

  [[nodiscard]] const GridPlan& plan() const { return plan_; }
  [[nodiscard]] const GridShape& shape() const { return plan_.shape; }
  [[nodiscard]] std::uint32_t generation() const { return generation_; }
  [[nodiscard]] ThreadTeam& team() { return *team_; }
  [[nodiscard]] Barriers& barriers() { return *barriers_; }
  [[nodiscard]] Links& links(const Worker& worker) { return links_[worker.cell()]; }
  // What a stage does with so many microbatches, at most those of the plan.
  [[nodiscard]] const std::vector<Action>& actions(std::size_t stage,
                                                   std::size_t microbatches) const {
    return actions_[stage * (plan_.microbatches + 1) + microbatches];
  }

  // Time that a worker spent waiting for others within steps. Read by anybody.
  void add_wait(const Worker& worker, std::int64_t nanoseconds) {
    waits_[worker.index].ns.fetch_add(static_cast<std::uint64_t>(nanoseconds),
                                      std::memory_order_relaxed);
  }
  // Mean over the threads of a cell.
  [[nodiscard]] std::uint64_t wait_ns(std::size_t cell) const;
  // Of a context in threads: what has gone through a cell's channels.
  [[nodiscard]] const wire::Traffic& traffic_in(std::size_t cell) const {
    return own_traffic_[2 * cell];
  }
  [[nodiscard]] const wire::Traffic& traffic_out(std::size_t cell) const {
    return own_traffic_[2 * cell + 1];
  }

  // The step cannot go on: a channel is broken, or others will never come. From now on nobody of
  // this process waits for anybody, and what the step computes is worth nothing.
  void abandon(const Error& why);
  [[nodiscard]] bool abandoned() const { return abandoned_.load(std::memory_order_acquire); }
  // Why, if it was; once all workers have returned.
  [[nodiscard]] Status whole() const;

 private:
  explicit StageContext(GridPlan plan);
  [[nodiscard]] Status start(std::size_t first_cell, std::size_t cells);
  void link(std::size_t cell, std::span<std::byte> rings, const CellTraffic& traffic);

  const GridPlan plan_;
  std::uint32_t generation_ = 0;
  std::vector<std::vector<Action>> actions_;
  os::Mapping own_;  // of links, where no memory is shared with other processes
  std::unique_ptr<Barriers> barriers_;
  struct alignas(64) Wait {
    std::atomic<std::uint64_t> ns{0};
  };
  std::vector<Wait> waits_;                 // by worker
  std::vector<wire::Traffic> own_traffic_;  // two a cell, where nobody else counts
  std::vector<Links> links_;                // by cell; of those of this process
  std::unique_ptr<ThreadTeam> team_;
  std::atomic<bool> abandoning_{false};  // by the first that finds out
  std::atomic<bool> abandoned_{false};   // release: `why_` is written
  Status why_;
};

}  // namespace forknet::cell
