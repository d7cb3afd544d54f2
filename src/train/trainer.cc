#include "train/trainer.h"

#include <fmt/format.h>

#include <cmath>

#include "base/clock.h"
#include "math/float_state.h"
#include "os/failpoint.h"

namespace forknet::run {
namespace {

constexpr std::int64_t kStatusEvery = 1'000'000'000;

}  // namespace

template <class T>
void Trainer<T>::save_progress() {
  saved_ = state_.step;
  dealt_ = false;
  if (!live_.survives()) return;
  ProgressState progress = state_;
  progress.train_seconds += throughput_.train_seconds();
  FORKNET_FAILPOINT("progress/save/before");
  live_.progress().save(progress);
  FORKNET_FAILPOINT("progress/save/after");
}

template <class T>
Result<bool> Trainer<T>::step() {
  // The figures of all steps since then are kept: together they are the progress of any of them.
  if (dealt_ || state_.step - saved_ >= kFigures / 2) save_progress();
  engine_->may_run_to(std::min(next_pause(), saved_ + kFigures));
  return take_step();
}

template <class T>
Result<bool> Trainer<T>::take_step() {
  FORKNET_ASSIGN(const StepFigures figures, engine_->step(state_.step));
  ++state_.step;
  state_.epoch.add(figures.sums);
  state_.interval.add(figures.sums);
  throughput_.add_step(figures.nanoseconds, figures.sums.rows);
  return std::isfinite(figures.sums.loss);
}

template <class T>
Result<bool> Trainer<T>::catch_up() {
  FORKNET_ASSIGN(const std::uint64_t done, engine_->settle());
  return catch_up_to(done);
}

template <class T>
Result<bool> Trainer<T>::catch_up_to(std::uint64_t step) {
  while (state_.step < step) {
    FORKNET_ASSIGN(const bool finite, take_step());
    if (!finite) return false;
    after_step();
  }
  return true;
}

template <class T>
std::uint64_t Trainer<T>::next_pause() const {
  const auto next_multiple = [&](std::uint64_t of) { return (state_.step / of + 1) * of; };
  std::uint64_t pause =
      std::min(std::max(total_steps_, state_.step + 1), next_multiple(sampler_.steps_per_epoch()));
  const Interval& every = config_.checkpoint.every;
  if (every.unit == Interval::Unit::steps) {
    pause = std::min(pause, next_multiple(static_cast<std::uint64_t>(every.steps)));
  }
  return pause;
}

template <class T>
Result<TrainResult> Trainer<T>::run() {
  // Whatever the host program set, sums are rounded to nearest and denormals are numbers.
  const math::FloatStateScope float_state;
  FORKNET_FAILPOINT("run/begin");
  publish_status("running", recent_loss());
  auto result = train();
  const bool ordered = job_.orders != nullptr && job_.orders->stop_given() != 0;
  if (result.ok() || engine_ == nullptr || !(ordered || stop_asked())) return result;
  const ErrorKind kind = result.error().kind;
  const bool by_cells = kind == ErrorKind::stopped || kind == ErrorKind::cell;
  return by_cells ? stop_without_cells(result.error()) : result;
}

// What they have committed is saved without them.
template <class T>
Result<TrainResult> Trainer<T>::stop_without_cells(const Error& why) {
  const auto done = engine_->salvage();
  if (!done.ok()) return why;
  note("the cells did not come to rest and were ended");
  FORKNET_ASSIGN(const bool finite, catch_up_to(*done));
  over_ = true;  // an order that moves cells is refused
  while (job_.orders != nullptr && job_.orders->pending()) {
    if (const auto given = job_.orders->take()) FORKNET_TRY(apply(*given));
  }
  auto result = finish(finite ? TrainResult::State::stopped : TrainResult::State::diverged);
  if (result.ok() && last_checkpoint_ == state_.step) {
    note(fmt::format("the state after step {} is saved", state_.step));
  }
  return result;
}

template <class T>
Result<TrainResult> Trainer<T>::train() {
  while (!stop_asked()) {
    if (epoch_end_pending()) {
      const Status closed = close_epoch();
      if (!closed.ok() && closed.error().kind == ErrorKind::stopped) {
        if (stop_asked()) break;
        made_room_ = true;
        FORKNET_TRY(apply());  // something that the evaluation, to be repeated, made room for
        continue;
      }
      FORKNET_TRY(closed);
      made_room_ = false;
      FORKNET_FAILPOINT("run/epoch/closed");
      dealt_ = true;
      FORKNET_TRY(end_of_epoch());
    }
    if (checkpoint_due()) {
      try_checkpoint();
      dealt_ = true;
    }
    if (state_.reached || state_.step >= total_steps_) return finish(TrainResult::State::finished);
    if (stop_asked()) break;
    show_life();
    if (orders_due()) {
      FORKNET_ASSIGN(const bool all_finite, catch_up());
      if (!all_finite) return finish(TrainResult::State::diverged);
      FORKNET_TRY(apply());
      continue;
    }
    FORKNET_ASSIGN(const bool finite, step());
    if (!finite) return finish(TrainResult::State::diverged);
    after_step();
  }
  FORKNET_ASSIGN(const bool finite, catch_up());
  return finish(finite ? TrainResult::State::stopped : TrainResult::State::diverged);
}

template <class T>
void Trainer<T>::after_step() {
  const bool logs = state_.step % static_cast<std::uint64_t>(config_.log.every) == 0;
  if (!logs && !throughput_.tick_due()) return;
  const Evaluation figures = state_.interval.means(counts_classes(job_.plan, job_.data.train));
  const auto kind = logs ? Metrics::Kind::log : Metrics::Kind::tick;
  const Metrics metrics = metrics_now(kind, figures);
  if (job_.options.on_metrics) job_.options.on_metrics(metrics);
  if (monotonic_ns() - status_told_ns_ >= kStatusEvery) publish_status("running", figures.loss);
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
    FORKNET_ASSIGN(validation, evaluate(job_.data.validation, engine_->parameters()));
  }
  const bool until_test = evaluates && !validation && job_.options.until_accuracy.has_value();
  std::optional<Evaluation> judged = validation;
  if (until_test) {
    FORKNET_ASSIGN(judged, evaluate(job_.data.test, engine_->parameters()));
  }

  state_.epochs_closed = epoch;
  state_.last_epoch = state_.epoch.means(counts_classes(job_.plan, job_.data.train));
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
  if (better && best_.keeps_model()) {
    FORKNET_FAILPOINT("run/best/before");
    FORKNET_TRY(save_best());
  }
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
  FORKNET_FAILPOINT("run/evaluate/before");
  Status polled;
  evaluating_ = true;
  const auto evaluation = evaluator_.evaluate(parameters, *view, [&] {
    polled = poll();
    return !polled.ok() || stop_asked() || makes_room();
  });
  evaluating_ = false;
  FORKNET_TRY(polled);
  if (!evaluation.ok()) return evaluation.error();
  FORKNET_FAILPOINT("run/evaluate/after");
  return std::optional<Evaluation>(*evaluation);
}

template <class T>
bool Trainer<T>::stop_asked() const {
  if (life_ == LifeState::stopping) return true;
  return job_.options.stop != nullptr && job_.options.stop->load(std::memory_order_relaxed) != 0;
}

template <class T>
bool Trainer<T>::epoch_end_pending() const {
  return state_.step / sampler_.steps_per_epoch() > state_.epochs_closed;
}

template <class T>
bool Trainer<T>::checkpoint_due() const {
  const Interval& every = config_.checkpoint.every;
  if (state_.step == checkpoint_tried_ || state_.step == last_checkpoint_) return false;
  if (state_.step < committed_) return false;  // the weights are past it, so it has been dealt with
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
  FORKNET_FAILPOINT("run/checkpoint/before");
  const Status saved = save_checkpoint();
  FORKNET_FAILPOINT("run/checkpoint/after");
  if (!saved.ok()) {
    note("warning: " + saved.error().message +
         (last_checkpoint_
              ? fmt::format("\n  training goes on; the newest checkpoint is that of step {}",
                            *last_checkpoint_)
              : "\n  training goes on without a checkpoint so far"));
  }
  checkpoint_tried_ = state_.step;
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace forknet::run
