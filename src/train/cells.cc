#include "train/cells.h"

#include <utility>

#include "base/try.h"
#include "engine/admission.h"
#include "os/failpoint.h"
#include "settings/averaging.h"
#include "settings/layout.h"
#include "supervise/grid_engine.h"
#include "train/cell_process.h"
#include "train/open_state.h"

namespace forknet::run {

// The number of workers of models that train apart can change: reserve room for the maximum.
template <class T>
cell::GridShape Cells<T>::recorded_shape() const {
  cell::GridShape shape = training_.layout.shape;
  if (training_.models) shape.replicas = training_.models->count();
  return shape;
}

template <class T>
EngineJob Cells<T>::engine_job() {
  const TrainJob& job = training_.job;
  EngineJob engine = {job.config,          job.data.train,        job.plan,
                      training_.sampler,   training_.layout,      job.target,
                      training_.leaf_rows, training_.total_steps, job.options.on_note,
                      traces_.memory()};
  engine.rates = training_.rates;
  engine.writes_alone = !training_.models;
  engine.alive = [&job] { job.show_life(); };
  engine.stop = job.options.stop;
  if (job.orders != nullptr) engine.stop_order = &job.orders->stop_given();
  return engine;
}

template <class T>
Status Cells<T>::open() {
  begun_ = training_.throughput.train_seconds();
  if (training_.job.options.on_trace) FORKNET_TRY(traces_.open(recorded_shape()));
  const EngineJob job = engine_job();
  const bool processes = training_.in_processes;
  FORKNET_TRY(admit(demand_of(job, processes), room_now()));
  if (training_.models) return open_average(job);
  auto& weights = training_.weights;
  if (processes || has_pipes(job.config.grid, training_.layout)) {
    FORKNET_ASSIGN(engine_, grid_engine<T>(job, weights, training_.live, processes));
  } else {
    FORKNET_ASSIGN(engine_, local_engine<T>(job, weights, training_.live.control()));
  }
  return {};
}

template <class T>
Status Cells<T>::open_average(const EngineJob& job) {
  const Rounds rounds = {steps_between_averages(job.config), job.sampler.steps_per_epoch(),
                         job.total_steps};
  FORKNET_ASSIGN(auto engine, average_engine<T>({job, rounds, *training_.models, training_.weights,
                                                 training_.live, training_.in_processes}));
  average_ = engine.get();
  engine_ = std::move(engine);
  return {};
}

template <class T>
void Cells<T>::end() {
  if (engine_ != nullptr) faults_.add(engine_->faults());
  engine_.reset();
}

template <class T>
Status Cells<T>::move_to(cell::GridPlan layout) {
  if (training_.models) {
    end();
    return open();
  }
  FORKNET_FAILPOINT("move/before");
  const TrainJob& job = training_.job;
  const std::uint64_t step = training_.progress.step;
  const bool processes = wants_processes(job.config.grid, layout) && can_start_cells();
  FORKNET_ASSIGN(auto live, open_state<T>(job, layout, processes, &training_.live));
  FORKNET_ASSIGN(auto weights, weights_in<T>(live));
  weights.turn_to(step);
  weights.copy_from(training_.weights);
  FORKNET_FAILPOINT("move/state");
  end();
  FORKNET_FAILPOINT("move/ended");
  training_.live = std::move(live);
  training_.weights = std::move(weights);
  training_.layout = std::move(layout);
  training_.in_processes = processes;
  training_.live.control().prepare(step);
  training_.seal_weights();
  training_.saved.save();
  Status opened = open();
  FORKNET_FAILPOINT("move/opened");
  if (opened.ok()) {
    FORKNET_TRY(training_.live.keep());
    FORKNET_FAILPOINT("move/kept");
    return {};
  }
  training_.live.remove();
  return opened;
}

template <class T>
Status Cells<T>::resize_workers(std::size_t workers) {
  FORKNET_TRY(average_->resize(workers));
  begun_ = training_.throughput.train_seconds();
  training_.layout.shape.replicas = workers;
  return {};
}

template <class T>
std::vector<CellReport> Cells<T>::report() const {
  return engine_->report(training_.throughput.train_seconds() - begun_);
}

template <class T>
Faults Cells<T>::faults() const {
  Faults all = faults_;
  if (engine_ != nullptr) all.add(engine_->faults());
  return all;
}

template <class T>
void Cells<T>::write_trace() {
  if (!training_.job.options.on_trace) return;
  engine_.reset();  // its cells write to it until they end
  training_.job.options.on_trace(traces_.take());
}

template class Cells<float>;
template class Cells<double>;

}  // namespace forknet::run
