// What carries out the steps of a run, wherever its cells live. The trainer asks for one step after
// the other and gets its figures; between two calls the cells may be ahead, but never past the step
// that it allowed. T is float or double.
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

// What every engine needs to know; all of it outlives the engine.
struct EngineJob {
  const Config& config;
  const data::View& rows;
  const nn::ModelPlan& plan;
  const data::Sampler& sampler;
  const cell::GridPlan& grid;
  math::Target target = math::Target::reference;
  std::size_t leaf_rows = 0;
  std::uint64_t total_steps = 0;
  std::function<void(const std::string&)> note = {};  // a line or a few for the user; may be empty
  os::Mapping* trace = nullptr;  // what the cells do is recorded there (tracing.h); null: nowhere
  // Of a worker of models that train apart: it records as replica `replica` of so many.
  struct Recorded {
    std::size_t replicas = 0;  // 0: the grid records as it is
    std::size_t replica = 0;
  } recorded = {};
  std::vector<nn::RateChange> rates = {};  // changes of config.optimizer.lr
  std::function<void()> alive = {};        // called while it waits for cells; may be empty
  // Not 0: the run is to stop, and need not wait for its cells for ever. Null: nobody stops it.
  const std::atomic<int>* stop = nullptr;
  const std::atomic<int>* stop_order = nullptr;  // likewise
};

// The same job on another layout; `grid` outlives it too.
[[nodiscard]] inline EngineJob on_grid(const EngineJob& job, const cell::GridPlan& grid) {
  return {job.config,   job.rows,      job.plan,        job.sampler, grid,
          job.target,   job.leaf_rows, job.total_steps, job.note,    job.trace,
          job.recorded, job.rates,     job.alive,       job.stop,    job.stop_order};
}

// What carries the channels between its cells.
[[nodiscard]] inline const wire::Transport& transport_of(const EngineJob& job) {
  return wire::transport_for(job.config.grid.channel);
}

struct StepFigures {
  cell::BatchSums sums;
  std::int64_t nanoseconds = 0;  // that the step took
};
// Of a step that an earlier process of the run took.
[[nodiscard]] inline StepFigures replayed(const CommittedStep& step) { return {step.sums(), 0}; }

template <class T>
class Engine {
 public:
  virtual ~Engine() = default;

  // The cells may work up to there (exclusive); the trainer will look at the weights then.
  virtual void may_run_to(std::uint64_t step) = 0;
  // The figures of `step`, the next one, once it is done. Error (cell): it will never be.
  [[nodiscard]] virtual Result<StepFigures> step(std::uint64_t step) = 0;
  // No further step is begun; how many have been done when the cells have come to rest. Until
  // may_run_to() the weights then stay as they are.
  [[nodiscard]] virtual Result<std::uint64_t> settle() = 0;
  // When they do not come to rest: the cells are ended, whatever they do; how many steps had been
  // committed by then. The figures of those steps can still be asked for, and parameters() are
  // those after them. Error (stopped): this engine cannot.
  [[nodiscard]] virtual Result<std::uint64_t> salvage() {
    return Error{ErrorKind::stopped, "the weights of the last step are not there"};
  }
  // The model that the run stands for, while the cells rest; valid until they go on.
  [[nodiscard]] virtual std::span<const T> parameters() = 0;
  // While all rest: cells that have died are replaced. Does not wait. Error (cell): the run cannot
  // go on.
  [[nodiscard]] virtual Status tend() { return {}; }
  // What every cell has done so far, shares being of `train_seconds`.
  [[nodiscard]] virtual std::vector<CellReport> report(double train_seconds) const = 0;
  // Deaths that it went on after.
  [[nodiscard]] virtual Faults faults() const { return {}; }
};

// The CPU that a cell's first thread is bound to, once its loaders have started and so do not
// inherit it.
[[nodiscard]] std::optional<int> first_pin(const cell::GridPlan& grid, std::size_t cell);

// A cell's place, and what its channels carried.
[[nodiscard]] CellReport report_of(const cell::GridPlan& grid, const nn::ModelPlan& plan,
                                   std::size_t cell, const wire::Traffic& in,
                                   const wire::Traffic& out);

// Of a cell that works by itself; `pid`: of its process.
[[nodiscard]] CellReport report_of(const EngineJob& job, std::size_t cell,
                                   const Coordinator& coordinator, int pid, double train_seconds);

// CPU seconds by thread id: what threads had used before something began.
using CpuTimes = std::map<int, double>;
void add_cpu_times(int pid, CpuTimes& times);

void fill_times(CellReport& report, double train_seconds, double wait_seconds);
// What the system knows of the cell's process; shares of its threads are of `train_seconds`, since
// `before`.
void fill_process(CellReport& report, int pid, double train_seconds, const CpuTimes& before = {});

// The rule of a step's update: the same in every process.
template <class T>
[[nodiscard]] typename cell::Network<T>::Step step_of(const EngineJob& job, std::uint64_t step,
                                                      std::size_t rows);

// The threads of a cell's neurons, where the grid has a thread for every neuron.
template <class T>
[[nodiscard]] Result<std::unique_ptr<cell::PerUnitExecutor<T>>> neurons_of(const EngineJob& job,
                                                                           std::size_t cell);

// All cells as threads of this process. Goes on where `commits` is, and commits there; a step whose
// loss is no number too.
template <class T>
[[nodiscard]] Result<std::unique_ptr<Engine<T>>> local_engine(const EngineJob& job,
                                                              store::Weights<T>& weights,
                                                              Commits& commits);

}  // namespace forknet::run
