// Interface that carries out the steps of a run, whatever hosts its cells. The trainer requests one
// step after the other and receives its figures. Between two calls the cells may be ahead, but
// never past the step that the trainer allowed. T is float or double.
#pragma once

#include <forknet/result.h>
#include <forknet/train.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cell/network.h"
#include "cell/stage_context.h"
#include "data/sampler.h"
#include "data/view.h"
#include "math/target.h"
#include "nn/model_plan.h"
#include "nn/optimizer.h"
#include "os/mapping.h"
#include "state/commits.h"
#include "state/coordinator.h"
#include "store/weights.h"
#include "wire/transports.h"

namespace forknet::run {

// The inputs of every engine; all members outlive the engine.
struct EngineJob {
  const Config& config;
  const data::View& rows;
  const nn::ModelPlan& plan;
  const data::Sampler& sampler;
  const cell::GridPlan& grid;
  math::Target target = math::Target::reference;
  std::size_t leaf_rows = 0;  // samples
  std::uint64_t total_steps = 0;
  std::function<void(const std::string&)> note = {};  // receives lines for the user; may be empty
  os::Mapping* trace = nullptr;  // the cells record a trace there (tracing.h); null: no trace
  // A worker of models that train apart records its trace as replica `replica` of `replicas`.
  struct Recorded {
    std::size_t replicas = 0;  // 0: the grid's own numbers are used
    std::size_t replica = 0;
  } recorded = {};
  std::vector<nn::RateChange> rates = {};  // changes of config.optimizer.lr
  std::function<void()> alive = {};        // called while the engine waits for cells; may be empty
  // Not 0: the run is to stop, and waits for its cells only for a limited time. Null: never.
  const std::atomic<int>* stop = nullptr;
  const std::atomic<int>* stop_order = nullptr;  // as `stop`
  nn::Optimizer optimizer = nn::Optimizer(config.optimizer);
  bool writes_alone = false;  // nothing else changes the weights while the engine lives

  // The rows that samples are in the memory of cells: one for each member of the model.
  [[nodiscard]] std::size_t rows_of(std::size_t samples) const { return samples * plan.members; }
};

// The same job on another layout; `grid` outlives the returned job.
[[nodiscard]] inline EngineJob on_grid(const EngineJob& job, const cell::GridPlan& grid) {
  return {job.config,   job.rows,      job.plan,        job.sampler, grid,
          job.target,   job.leaf_rows, job.total_steps, job.note,    job.trace,
          job.recorded, job.rates,     job.alive,       job.stop,    job.stop_order};
}

// The transport of the channels between the cells.
[[nodiscard]] inline const wire::Transport& transport_of(const EngineJob& job) {
  return wire::transport_for(job.config.grid.channel);
}

struct StepFigures {
  cell::BatchSums sums;
  std::int64_t nanoseconds = 0;  // duration of the step
};
// The figures of a step that an earlier process of the run has taken.
[[nodiscard]] inline StepFigures replayed(const CommittedStep& step) { return {step.sums(), 0}; }

template <class T>
class Engine {
 public:
  virtual ~Engine() = default;

  // Allows the cells to work up to `step` (exclusive); the trainer will read the weights then.
  virtual void may_run_to(std::uint64_t step) = 0;
  // Blocks until `step`, the next one, is done; returns its figures. Error (cell): it never will
  // be.
  [[nodiscard]] virtual Result<StepFigures> step(std::uint64_t step) = 0;
  // Begins no further step and blocks until the cells rest; returns the number of steps done. The
  // weights then stay unchanged until may_run_to().
  [[nodiscard]] virtual Result<std::uint64_t> settle() = 0;
  // For cells that do not come to rest: ends them by force and returns the number of committed
  // steps. step() still returns the figures of those steps, and parameters() the weights after
  // them. Error (stopped): not supported by this engine.
  [[nodiscard]] virtual Result<std::uint64_t> salvage() {
    return Error{ErrorKind::stopped, "the weights of the last step are not available"};
  }
  // The weights of the run while the cells rest; valid until they continue.
  [[nodiscard]] virtual std::span<const T> parameters() = 0;
  // While all rest: replaces cells that have died. Does not wait. Error (cell): the run cannot
  // continue.
  [[nodiscard]] virtual Status tend() { return {}; }
  // The work of every cell so far; shares are fractions of `train_seconds`.
  [[nodiscard]] virtual std::vector<CellReport> report(double train_seconds) const = 0;
  // The deaths of cells that the run has survived.
  [[nodiscard]] virtual Faults faults() const { return {}; }
};

// The CPU that a cell's first thread is bound to. Bind it after its loaders have started, so that
// they do not inherit the binding.
[[nodiscard]] std::optional<int> first_pin(const cell::GridPlan& grid, std::size_t cell);

// A cell's place in the grid, and the traffic of its channels.
[[nodiscard]] CellReport report_of(const cell::GridPlan& grid, const nn::ModelPlan& plan,
                                   std::size_t cell, const wire::Traffic& in,
                                   const wire::Traffic& out);

// The report of a cell with its own control block. `pid`: of its process.
[[nodiscard]] CellReport report_of(const EngineJob& job, std::size_t cell,
                                   const Coordinator& coordinator, int pid, double train_seconds);

// CPU seconds by thread id: the use of each thread before a measurement began.
using CpuTimes = std::map<int, double>;
void add_cpu_times(int pid, CpuTimes& times);

void fill_times(CellReport& report, double train_seconds, double wait_seconds);
// Adds the system's data on the cell's process; shares of its threads are fractions of
// `train_seconds`, counted from `before`.
void fill_process(CellReport& report, int pid, double train_seconds, const CpuTimes& before = {});

// The update rule of a step of `rows` samples; equal in every process.
template <class T>
[[nodiscard]] typename cell::Network<T>::Step step_of(const EngineJob& job, std::uint64_t step,
                                                      std::size_t rows);

// The threads of a cell's units, if the grid has one thread per unit.
template <class T>
[[nodiscard]] Result<std::unique_ptr<cell::PerUnitExecutor<T>>> neurons_of(const EngineJob& job,
                                                                           std::size_t cell);

// All cells as threads of this process. Continues after the last commit in `commits` and commits
// there, including a step whose loss is not finite.
template <class T>
[[nodiscard]] Result<std::unique_ptr<Engine<T>>> local_engine(const EngineJob& job,
                                                              store::Weights<T>& weights,
                                                              Commits& commits);

}  // namespace forknet::run
