// What a trainer hands over: models, checkpoints, figures and the result.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/clock.h"
#include "nn/optimizer.h"
#include "nn/parameters.h"
#include "os/failpoint.h"
#include "settings/layout.h"
#include "train/constant_answer.h"
#include "train/model/model_file.h"
#include "train/model/model_state.h"
#include "train/model/preparation_json.h"
#include "train/model/tensors.h"
#include "train/summary.h"
#include "train/trainer.h"

namespace forknet::run {

template <class T>
Result<std::shared_ptr<const ModelState>> Trainer<T>::copy_model() const {
  FORKNET_ASSIGN(auto copy, store::Weights<T>::create(job_.plan.numbers, 0));
  const std::span<const T> parameters = engine_->parameters();
  std::copy(parameters.begin(), parameters.end(), copy.parameters().begin());
  return std::shared_ptr<const ModelState>(
      new ModelState{job_.config.model, job_.plan, job_.data.train.scaling, std::move(copy),
                     job_.data.inputs, job_.data.train.targets, job_.data.preparation});
}

template <class T>
Status Trainer<T>::save_best() {
  FORKNET_ASSIGN(best_model_, copy_model());
  if (job_.recorder == nullptr) return {};
  const Status saved = job_.recorder->model(*best_model_);
  if (!saved.ok()) note("warning: the best model could not be saved: " + saved.error().message);
  return {};
}

template <class T>
Status Trainer<T>::save_checkpoint() {
  if (job_.recorder == nullptr) return {};
  ProgressState progress = state_;
  progress.train_seconds += throughput_.train_seconds();
  std::vector<store::NamedTensor> tensors;
  add_parameters<T>(job_.plan, engine_->parameters(), "", tensors);
  add_moments<T>(job_.plan, weights_, "", tensors);
  add_scaling(job_.data.train.scaling, tensors);
  add_range(job_.data.inputs, tensors);
  add_targets(job_.data.train.targets, tensors);
  store::RunState state = {
      {kProgressKey, to_json(progress)},
      {kModelKey, describe_model(job_.config.model, job_.plan.inputs,
                                 job_.config.numerics.precision, job_.data.inputs)}};
  if (job_.data.preparation) state[kPreparationKey] = to_json(*job_.data.preparation);
  if (models_) add_models(tensors, state);
  FORKNET_TRY(job_.recorder->checkpoint(state_.step, tensors, state));
  last_checkpoint_ = state_.step;
  return {};
}

// There is a checkpoint of this step, and nothing has removed it.
template <class T>
bool Trainer<T>::is_saved() const {
  return last_checkpoint_ == state_.step &&
         (job_.recorder == nullptr || job_.recorder->has_checkpoint(state_.step));
}

// Of the steps since the last line; where there are none, of the newest there are. No number: there
// has been no step.
template <class T>
double Trainer<T>::recent_loss() const {
  const bool classifies = counts_classes(job_.plan, job_.data.train);
  if (state_.interval.rows > 0) return state_.interval.means(classifies).loss;
  if (state_.epoch.rows > 0) return state_.epoch.means(classifies).loss;
  return state_.epochs_closed > 0 ? state_.last_epoch.loss
                                  : std::numeric_limits<double>::quiet_NaN();
}

// The model that the run stands for: the best one where it is asked for, else the last.
template <class T>
Result<std::shared_ptr<const ModelState>> Trainer<T>::chosen_model() const {
  if (!best_.keeps_model() || !state_.best) return copy_model();
  if (best_model_ != nullptr) return best_model_;
  auto best = job_.recorder->best_model();  // found before the run was resumed
  const std::string fault = best.ok() ? misfit(**best) : best.error().message;
  if (fault.empty()) return best;
  note("warning: the best model is lost, the last one takes its place: " + fault);
  return copy_model();
}

// Why a model from a file cannot be the best one of this run; nothing when it can.
template <class T>
std::string Trainer<T>::misfit(const ModelState& model) const {
  const bool fits = std::holds_alternative<store::Weights<T>>(model.weights) &&
                    model.plan.describe() == job_.plan.describe();
  return fits ? "" : "the file holds another model (" + model.plan.describe() + ")";
}

template <class T>
std::uint64_t Trainer<T>::samples_done() const {
  const std::uint64_t epochs = state_.step / sampler_.steps_per_epoch();
  const std::uint64_t steps = state_.step % sampler_.steps_per_epoch();
  return epochs * sampler_.rows() + sampler_.rows_of_steps(steps);
}

// What only a finished run has: its figures on the test set, and on the validation set when
// max_steps ended it inside an epoch.
template <class T>
Status Trainer<T>::evaluate_at_end(const ModelState& chosen, TrainResult& result) {
  const auto& weights = std::get<store::Weights<T>>(chosen.weights);
  FORKNET_ASSIGN(result.test, evaluate(job_.data.test, weights.parameters()));
  if (state_.epoch.rows == 0) return {};
  FORKNET_ASSIGN(result.validation, evaluate(job_.data.validation, engine_->parameters()));
  return {};
}

template <class T>
Result<TrainResult> Trainer<T>::finish(TrainResult::State how) {
  FORKNET_FAILPOINT("run/finish/begin");
  over_ = true;
  if (how == TrainResult::State::stopped) {
    publish_status("stopping", recent_loss());
  }
  if (how == TrainResult::State::stopped && !is_saved()) FORKNET_TRY(save_checkpoint());
  FORKNET_ASSIGN(const auto chosen, chosen_model());
  TrainResult result{.state = how, .model = Model(chosen)};
  result.validation = state_.validation;
  if (how == TrainResult::State::finished) {
    const Status evaluated = evaluate_at_end(*chosen, result);
    if (!evaluated.ok() && evaluated.error().kind == ErrorKind::stopped) {
      return finish(TrainResult::State::stopped);
    }
    FORKNET_TRY(evaluated);
    FORKNET_FAILPOINT("run/finish/model");
    if (job_.recorder != nullptr) FORKNET_TRY(job_.recorder->model(*chosen));
  }
  const bool partial = state_.epoch.rows > 0;
  result.train =
      partial ? state_.epoch.means(counts_classes(job_.plan, job_.data.train)) : state_.last_epoch;
  if (how == TrainResult::State::finished) hold_against_constant(result);
  result.steps = state_.step;
  result.epochs = state_.epochs_closed;
  result.train_seconds = state_.train_seconds + throughput_.train_seconds();
  if (result.train_seconds > 0) {
    result.samples_per_second = static_cast<double>(samples_done()) / result.train_seconds;
  }
  result.grid = settled(job_.config.grid, layout_);
  result.grid.replicas = static_cast<std::int64_t>(layout_.shape.replicas);  // maybe scaled
  result.faults = faults_;
  result.faults.add(engine_->faults());
  result.cells = engine_->report(throughput_.train_seconds() - layout_begun_);
  result.threads_total = static_cast<std::int64_t>(working_threads(layout_, job_.plan));
  if (!in_processes_) result.grid.host = Host::thread;
  publish_status(state_name(how), result.train.loss);
  FORKNET_FAILPOINT("run/finish/end");
  result.weights_digest = nn::parameter_digest<T>(job_.plan, engine_->parameters());
  return result;
}

// A loss that has exploded may stay finite.
template <class T>
void Trainer<T>::hold_against_constant(TrainResult& result) const {
  result.constant_loss = constant_answer_loss(job_.data.train, job_.plan);
  result.worse_than_constant = is_far_above(result.train.loss, result.constant_loss);
  if (!result.worse_than_constant) return;
  note(
      fmt::format("warning: the training loss of the last epoch is {:.4g} on average; always "
                  "giving the best constant "
                  "answer comes to {:.4g}: the model has learned nothing\n"
                  "  a smaller optimizer.lr, warm-up steps, more epochs or scaled inputs may help",
                  result.train.loss, result.constant_loss));
}

template <class T>
Metrics Trainer<T>::metrics_now(Metrics::Kind kind, const Evaluation& figures) const {
  Metrics metrics;
  metrics.kind = kind;
  metrics.step = state_.step;
  metrics.steps = total_steps_;
  metrics.epoch = state_.epochs_closed;
  metrics.epochs = static_cast<std::uint64_t>(job_.config.train.epochs);
  metrics.loss = figures.loss;
  metrics.accuracy = figures.accuracy;
  metrics.learning_rate =
      nn::learning_rate(nn::with_changes(job_.config.optimizer, rates_, state_.step - 1),
                        state_.step - 1, total_steps_);
  metrics.samples_per_second = throughput_.samples_per_second();
  metrics.seconds_left =
      throughput_.seconds_for(total_steps_ - std::min(total_steps_, state_.step));
  return metrics;
}

template <class T>
void Trainer<T>::record(const Metrics& metrics) {
  if (job_.recorder == nullptr) return;
  const Status recorded = job_.recorder->metrics(metrics);
  if (!recorded.ok() && !metrics_failed_) {
    note("warning: " + recorded.error().message +
         "\n  training goes on; lines of its history are missing");
  }
  metrics_failed_ = !recorded.ok();
}

template <class T>
void Trainer<T>::publish_status(std::string_view state, double loss) {
  if (job_.recorder == nullptr) return;
  status_told_ns_ = monotonic_ns();
  job_.recorder->status({state, state_.step, total_steps_, state_.epochs_closed,
                         throughput_.samples_per_second(), loss, live_.control().generation(),
                         engine_->report(throughput_.train_seconds() - layout_begun_)});
}

template <class T>
void Trainer<T>::write_trace() {
  if (!job_.options.on_trace) return;
  engine_.reset();  // its cells write until they end
  job_.options.on_trace(traces_.take());
}

template <class T>
void Trainer<T>::note(const std::string& text) const {
  if (job_.options.on_note) job_.options.on_note(text);
}

#define FORKNET_TRAINER(T)                                                          \
  template Status Trainer<T>::save_best();                                          \
  template Status Trainer<T>::save_checkpoint();                                    \
  template bool Trainer<T>::is_saved() const;                                       \
  template double Trainer<T>::recent_loss() const;                                  \
  template Result<TrainResult> Trainer<T>::finish(TrainResult::State);              \
  template void Trainer<T>::hold_against_constant(TrainResult&) const;              \
  template Metrics Trainer<T>::metrics_now(Metrics::Kind, const Evaluation&) const; \
  template void Trainer<T>::record(const Metrics&);                                 \
  template void Trainer<T>::publish_status(std::string_view, double);               \
  template void Trainer<T>::write_trace();                                          \
  template void Trainer<T>::note(const std::string&) const;
FORKNET_TRAINER(float)
FORKNET_TRAINER(double)
#undef FORKNET_TRAINER

}  // namespace forknet::run
