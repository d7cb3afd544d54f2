// How a trainer begins: its layout, its state and first weights, or those of a run that went
// before, then the engine that steps.
#include "average/models_shape.h"
#include "engine/admission.h"
#include "engine/layer_costs.h"
#include "math/float_state.h"
#include "nn/optimizer.h"
#include "nn/parameters.h"
#include "os/container.h"
#include "os/limits.h"
#include "settings/layout.h"
#include "supervise/grid_engine.h"
#include "train/cell_process.h"
#include "train/model/tensors.h"
#include "train/open_state.h"
#include "train/trainer.h"

namespace forknet::run {
namespace {

template <class T>
std::optional<Models<T>> models_in(const TrainJob& job, LiveState& live) {
  if (!averages(job.config.grid)) return std::nullopt;
  return std::optional<Models<T>>(std::in_place, live.models(),
                                  models_shape<T>(job.config, job.plan));
}

}  // namespace

template <class T>
Trainer<T>::Trainer(const TrainJob& job, LiveState live, store::Weights<T> weights,
                    Evaluator<T> evaluator, cell::GridPlan layout, bool in_processes)
    : job_(job),
      config_(job.config),
      rates_(job.rates),
      sampler_(sampler_for(job.config, job.data.train)),
      leaf_rows_(nn::leaf_rows(train_of_model(job.config))),
      total_steps_(steps_of(job.config.train, sampler_)),
      layout_(std::move(layout)),
      in_processes_(in_processes),
      live_(std::move(live)),
      weights_(std::move(weights)),
      models_(models_in<T>(job, live_)),
      evaluator_(std::move(evaluator)),
      best_(job.config) {}

template <class T>
Result<std::unique_ptr<Trainer<T>>> Trainer<T>::create(const TrainJob& job) {
  const math::FloatStateScope float_state;  // of the first weights
  const std::size_t batch = sampler_for(job.config, job.data.train).batch();
  std::vector<double> costs;
  if (job.config.grid.stages != 1) {
    FORKNET_ASSIGN(costs, measure_layer_costs<T>(job.plan, batch, job.target));
  }
  FORKNET_ASSIGN(auto layout, layout_of(job.config.grid, job.plan, batch, costs));
  const bool wanted = wants_processes(job.config.grid, layout);
  const bool processes = wanted && can_start_cells();
  FORKNET_TRY(admit_descriptors(descriptors_of(job.config.grid, layout, processes),
                                os::descriptors_left()));
  FORKNET_ASSIGN(auto live, open_state<T>(job, layout, processes));
  FORKNET_ASSIGN(auto weights, weights_in<T>(live));
  FORKNET_ASSIGN(auto evaluator, Evaluator<T>::create(job.plan, job.target));
  std::unique_ptr<Trainer> trainer(new Trainer(job, std::move(live), std::move(weights),
                                               std::move(evaluator), std::move(layout), processes));
  if (wanted && !processes) {
    trainer->note(
        "grid.host = \"process\" needs a call of forknet::init() at the top of main(); "
        "the cells are threads of this process");
  }
  const Status opened = trainer->open();
  if (opened.ok()) {
    trainer->report_state_place();
    return trainer;
  }
  trainer->live_.remove();
  return opened.error();
}

template <class T>
Status Trainer<T>::open() {
  FORKNET_TRY(first_weights());
  seal_weights();
  save_progress();
  FORKNET_TRY(open_engine());
  // Not before all cells have their weights: an earlier state is given up for this one.
  return live_.keep();
}

template <class T>
Status Trainer<T>::first_weights() {
  if (job_.live != nullptr) return restore(*job_.live);
  if (job_.resume != nullptr) return restore(*job_.resume);
  live_.control().prepare(0);
  if (job_.init != nullptr) {
    return read_parameters<T>(*job_.init, job_.plan, "", weights_.parameters());
  }
  nn::initialise<T>(job_.plan, job_.config.model.init, job_.config.run.seed, job_.target,
                    weights_.parameters());
  return {};
}

template <class T>
Status Trainer<T>::restore(const store::Checkpoint& checkpoint) {
  FORKNET_ASSIGN(state_, progress_of(checkpoint));
  committed_ = state_.step;
  live_.control().prepare(committed_);
  last_checkpoint_ = state_.step;
  if (models_) return restore_models(checkpoint);
  weights_.turn_to(committed_);
  return read_all<T>(checkpoint.file, job_.plan, "", weights_);
}

template <class T>
Status Trainer<T>::restore(const Recovered& recovered) {
  state_ = recovered.progress;
  committed_ = recovered.committed;
  live_.control().prepare(committed_);
  for (std::size_t i = 0; i < recovered.figures.size(); ++i) {
    live_.control().put_committed(state_.step + i, recovered.figures[i]);
  }
  if (job_.resume != nullptr) last_checkpoint_ = static_cast<std::uint64_t>(job_.resume->step);
  weights_.turn_to(recovered.version);
  FORKNET_TRY(read_weights(recovered, job_.plan, weights_));
  return models_ ? read_models(recovered, live_.models()) : Status();
}

// Where the last step lies, and what costs the steps since the last checkpoint.
template <class T>
void Trainer<T>::report_state_place() const {
  if (!live_.survives() || job_.recorder == nullptr) return;
  std::string text = "state: in the run folder; a power cut";
  if (live_.lies_in_memory()) {
    text =
        os::memory_folder_is_private()
            ? "state: in memory (/dev/shm of this container); the end of the container or a reboot"
            : "state: in memory (/dev/shm); a reboot";
  }
  job_.recorder->state_kept(
      text + " costs the steps since the last checkpoint, a kill at most the step in flight");
}

// What a resume holds the weights against, until a step has written others.
template <class T>
void Trainer<T>::seal_weights() {
  if (!models_) {
    live_.control().written.put(live_.control().committed(), std::as_const(weights_).bit_sum());
    return;
  }
  weights_.turn_to(models_->center_version());
  models_->seal_center(models_->center_step(), models_->center_version(), weights_);
  for (std::size_t model = 0; model < models_->count(); ++model) {
    if (!models_->at_center(model)) models_->seal_model(model);
  }
}

// Workers of models that train apart come and go: there is room for all that there may be.
template <class T>
cell::GridShape Trainer<T>::recorded_shape() const {
  cell::GridShape shape = layout_.shape;
  if (models_) shape.replicas = models_->count();
  return shape;
}

template <class T>
Status Trainer<T>::open_engine() {
  layout_begun_ = throughput_.train_seconds();
  if (job_.options.on_trace) FORKNET_TRY(traces_.open(recorded_shape()));
  EngineJob job = {job_.config,     job_.data.train, job_.plan,
                   sampler_,        layout_,         job_.target,
                   leaf_rows_,      total_steps_,    job_.options.on_note,
                   traces_.memory()};
  job.rates = rates_;
  job.alive = [this] { show_life(); };
  job.stop = job_.options.stop;
  if (job_.orders != nullptr) job.stop_order = &job_.orders->stop_given();
  FORKNET_TRY(admit(demand_of(job, in_processes_), room_now()));
  if (models_) return open_average(job);
  if (in_processes_ || has_pipes(job_.config.grid, layout_)) {
    FORKNET_ASSIGN(engine_, grid_engine<T>(job, weights_, live_, in_processes_));
  } else {
    FORKNET_ASSIGN(engine_, local_engine<T>(job, weights_, live_.control()));
  }
  return {};
}

#define FORKNET_TRAINER(T)                                                          \
  template Result<std::unique_ptr<Trainer<T>>> Trainer<T>::create(const TrainJob&); \
  template Status Trainer<T>::open_engine();                                        \
  template void Trainer<T>::seal_weights();                                         \
  template void Trainer<T>::report_state_place() const;                             \
  template cell::GridShape Trainer<T>::recorded_shape() const;
FORKNET_TRAINER(float)
FORKNET_TRAINER(double)
#undef FORKNET_TRAINER

}  // namespace forknet::run
