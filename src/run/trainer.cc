#include "run/trainer.h"

#include <fmt/format.h>

#include <cmath>

#include "math/float_state.h"
#include "nn/optimizer.h"
#include "nn/parameters.h"
#include "run/layout.h"
#include "run/tensors.h"

namespace forknet::run {
data::Sampler sampler_for(const Config& config, const data::DataSets& data) {
  const auto rows = static_cast<std::uint32_t>(data.train.size());
  const std::int64_t batch = std::min(config.train.batch, static_cast<std::int64_t>(rows));
  return {config.run.seed, rows, static_cast<std::uint32_t>(batch), config.data.shuffle};
}

std::uint64_t steps_of(const TrainConfig& train, const data::Sampler& sampler) {
  const std::uint64_t steps = static_cast<std::uint64_t>(train.epochs) * sampler.steps_per_epoch();
  const auto most = static_cast<std::uint64_t>(train.max_steps);
  return most > 0 ? std::min(steps, most) : steps;
}

template <class T>
Trainer<T>::Trainer(const TrainJob& job, store::Weights<T> weights, cell::Workspace<T> workspace,
                    std::unique_ptr<cell::Team> team, Evaluator<T> evaluator)
    : job_(job),
      sampler_(sampler_for(job.config, job.data)),
      leaf_rows_(nn::leaf_rows(job.config.train)),
      total_steps_(steps_of(job.config.train, sampler_)),
      weights_(std::move(weights)),
      workspace_(std::move(workspace)),
      team_(std::move(team)),
      network_(job.plan, workspace_, job.target, team_.get()),
      evaluator_(std::move(evaluator)),
      best_(job.config) {}

template <class T>
Result<std::unique_ptr<Trainer<T>>> Trainer<T>::create(const TrainJob& job) {
  const math::FloatStateScope float_state;  // of the first weights
  FORKNET_ASSIGN(auto weights, store::Weights<T>::create(
                                   job.plan.numbers, nn::moment_count(job.config.optimizer.type)));
  FORKNET_ASSIGN(auto workspace,
                 cell::Workspace<T>::create(job.plan, sampler_for(job.config, job.data).batch(),
                                            cell::WorkspaceUse::training));
  FORKNET_ASSIGN(auto team, team_for(layout_of(job.config.grid)));
  FORKNET_ASSIGN(auto evaluator, Evaluator<T>::create(job.plan, job.target));
  std::unique_ptr<Trainer> trainer(new Trainer(job, std::move(weights), std::move(workspace),
                                               std::move(team), std::move(evaluator)));
  FORKNET_TRY(trainer->first_weights());
  FORKNET_TRY(trainer->open_loader());
  return trainer;
}

template <class T>
Status Trainer<T>::first_weights() {
  if (job_.resume != nullptr) return restore(*job_.resume);
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
  last_checkpoint_ = state_.step;
  return read_all<T>(checkpoint.file, job_.plan, weights_);
}

template <class T>
Status Trainer<T>::open_loader() {
  data::LoaderOptions options;
  options.first_step = state_.step;
  options.last_step = std::max(total_steps_, state_.step);
  options.threads = static_cast<std::size_t>(job_.config.data.loader_threads);
  options.target_columns = job_.plan.classifies() ? 0 : job_.plan.outputs;
  FORKNET_ASSIGN(loader_, data::Loader<T>::create(job_.data.train, sampler_, options));
  return {};
}

template <class T>
bool Trainer<T>::step() {
  pace_.begin_step();
  const data::Batch<T>& batch = loader_->acquire(state_.step);
  typename cell::Network<T>::Step step;
  step.seed = job_.config.run.seed;
  step.number = state_.step;
  step.leaf_rows = leaf_rows_;
  step.rule = nn::update_rule<T>(job_.config.optimizer, state_.step, total_steps_, batch.rows);
  const cell::BatchSums sums = network_.train(
      weights_, {batch.inputs.as_const(), batch.labels, batch.targets.as_const(), batch.samples},
      step);
  loader_->release(state_.step);
  ++state_.step;
  state_.epoch.add(sums);
  state_.interval.add(sums);
  pace_.end_step(sums.rows);
  return std::isfinite(sums.loss);
}

template <class T>
Result<TrainResult> Trainer<T>::run() {
  // Whatever the host program set, sums are rounded to nearest and denormals are numbers.
  const math::FloatStateScope float_state;
  bool diverged = false;
  while (!stop_asked()) {
    if (epoch_end_pending()) {
      const Status closed = close_epoch();
      if (!closed.ok() && closed.error().kind == ErrorKind::stopped) break;
      FORKNET_TRY(closed);
    }
    if (checkpoint_due()) try_checkpoint();
    if (state_.reached || state_.step >= total_steps_) return finish(TrainResult::State::finished);
    if (stop_asked()) break;
    if (!step()) {
      diverged = true;
      break;
    }
    after_step();
  }
  return finish(diverged ? TrainResult::State::diverged : TrainResult::State::stopped);
}

template <class T>
void Trainer<T>::after_step() {
  const bool logs = state_.step % static_cast<std::uint64_t>(job_.config.log.every) == 0;
  if (!logs && !pace_.tick_due()) return;
  const Evaluation figures = state_.interval.means(job_.plan.classifies());
  const auto kind = logs ? Metrics::Kind::log : Metrics::Kind::tick;
  const Metrics metrics = metrics_now(kind, figures);
  if (job_.options.on_metrics) job_.options.on_metrics(metrics);
  if (!logs) return;
  state_.interval = {};
  record(metrics);
}

// The end of an epoch: figures, validation, best, early stopping. Nothing of it is kept before all
// of it is done, so that an interrupted evaluation is repeated.
template <class T>
Status Trainer<T>::close_epoch() {
  const std::uint64_t epoch = state_.epochs_closed + 1;
  const bool evaluates = epoch % static_cast<std::uint64_t>(job_.config.train.eval_every) == 0 ||
                         state_.step >= total_steps_;
  std::optional<Evaluation> validation;
  if (evaluates) {
    FORKNET_ASSIGN(validation, evaluate(job_.data.validation, weights_.parameters()));
  }
  const bool until_test = evaluates && !validation && job_.options.until_accuracy.has_value();
  std::optional<Evaluation> judged = validation;
  if (until_test) {
    FORKNET_ASSIGN(judged, evaluate(job_.data.test, weights_.parameters()));
  }

  state_.epochs_closed = epoch;
  state_.last_epoch = state_.epoch.means(job_.plan.classifies());
  state_.epoch = {};
  if (validation) state_.validation = validation;
  Metrics metrics = metrics_now(Metrics::Kind::epoch, state_.last_epoch);
  metrics.validation = validation;
  if (job_.options.on_metrics) job_.options.on_metrics(metrics);
  record(metrics);
  if (validation) FORKNET_TRY(judge(*validation));
  if (judged && job_.options.until_accuracy &&
      judged->accuracy.value_or(0.0) >= *job_.options.until_accuracy) {
    state_.reached = true;
  }
  return {};
}

template <class T>
Status Trainer<T>::judge(const Evaluation& evaluation) {
  const bool better = best_.note(evaluation, state_);
  if (better && best_.keeps_model()) FORKNET_TRY(save_best());
  if (best_.patience_ended(state_)) {
    state_.reached = true;
    note(fmt::format("early stop: no better validation in {} evaluations, the best was at step {}",
                     state_.evaluations_since_best, state_.best_step));
  }
  return {};
}

template <class T>
Result<std::optional<Evaluation>> Trainer<T>::evaluate(const std::optional<data::View>& view,
                                                       std::span<const T> parameters) {
  if (!view) return std::optional<Evaluation>();
  FORKNET_ASSIGN(const Evaluation evaluation,
                 evaluator_.evaluate(parameters, *view, [&] { return stop_asked(); }));
  return std::optional<Evaluation>(evaluation);
}

template <class T>
bool Trainer<T>::stop_asked() const {
  return job_.options.stop != nullptr && job_.options.stop->load(std::memory_order_relaxed) != 0;
}

template <class T>
bool Trainer<T>::epoch_end_pending() const {
  return state_.step / sampler_.steps_per_epoch() > state_.epochs_closed;
}

template <class T>
bool Trainer<T>::checkpoint_due() const {
  const Interval& every = job_.config.checkpoint.every;
  if (state_.step == checkpoint_tried_ || state_.step == last_checkpoint_) return false;
  // Weights that came from a file are not a function of the settings: they are kept at once.
  if (state_.step == 0) return job_.init != nullptr;
  if (every.unit == Interval::Unit::off) return false;
  if (state_.reached || state_.step >= total_steps_) return true;
  if (every.unit == Interval::Unit::epoch) return state_.step % sampler_.steps_per_epoch() == 0;
  return state_.step % static_cast<std::uint64_t>(every.steps) == 0;
}

// Training goes on without a checkpoint that could not be written.
template <class T>
void Trainer<T>::try_checkpoint() {
  const Status saved = save_checkpoint();
  if (!saved.ok()) {
    note("warning: " + saved.error().message +
         "\n  training goes on; the checkpoints before are kept");
  }
  checkpoint_tried_ = state_.step;
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace forknet::run
