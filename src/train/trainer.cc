#include "train/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/clock.h"
#include "base/try.h"
#include "math/float_state.h"
#include "nn/parameters.h"
#include "os/failpoint.h"
#include "settings/layout.h"
#include "train/final_figures.h"
#include "train/first_weights.h"
#include "train/rate_change.h"
#include "train/summary.h"

namespace forknet::run {

template <class T>
Trainer<T>::Trainer(std::unique_ptr<Training<T>> training, Evaluator<T> evaluator)
    : training_(std::move(training)),
      cells_(*training_),
      records_(*training_, cells_),
      checkpoints_(*training_, cells_),
      best_(*training_, cells_),
      orders_(*training_, cells_, checkpoints_, records_),
      evaluations_(*training_, std::move(evaluator), cells_, orders_) {}

template <class T>
Result<std::unique_ptr<Trainer<T>>> Trainer<T>::create(const TrainJob& job) {
  const math::FloatStateScope float_state;  // of the first weights
  FORKNET_ASSIGN(auto training, Training<T>::create(job));
  FORKNET_ASSIGN(auto evaluator, Evaluator<T>::create(job.plan, job.target));
  if (wants_processes(job.config.grid, training->layout) && !training->in_processes) {
    job.note(
        "grid.host = \"process\" needs a call of forknet::init() at the top of main(); "
        "the cells are threads of this process");
  }
  std::unique_ptr<Trainer> trainer(new Trainer(std::move(training), std::move(evaluator)));
  const Status opened = trainer->open();
  if (opened.ok()) return trainer;
  trainer->training_->live.remove();
  return opened.error();
}

template <class T>
Status Trainer<T>::open() {
  FORKNET_ASSIGN(const TrainingStart start, first_weights(*training_));
  checkpoints_.begin(start);
  training_->seal_weights();
  training_->saved.save();
  FORKNET_TRY(cells_.open());
  // Only after all cells have their weights, because this drops the earlier state.
  FORKNET_TRY(training_->live.keep());
  records_.report_state_place();
  return {};
}

template <class T>
Result<bool> Trainer<T>::step() {
  SavedProgress& saved = training_->saved;
  if (saved.due()) saved.save();
  cells_.engine().may_run_to(std::min(checkpoints_.next_pause(), saved.end_of_room()));
  return take_step();
}

template <class T>
Result<bool> Trainer<T>::take_step() {
  ProgressState& progress = training_->progress;
  FORKNET_ASSIGN(const StepFigures figures, cells_.engine().step(progress.step));
  ++progress.step;
  progress.epoch.add(figures.sums);
  progress.interval.add(figures.sums);
  training_->throughput.add_step(figures.nanoseconds, figures.sums.rows);
  return std::isfinite(figures.sums.loss);
}

template <class T>
Result<bool> Trainer<T>::catch_up() {
  FORKNET_ASSIGN(const std::uint64_t done, cells_.engine().settle());
  return catch_up_to(done);
}

template <class T>
Result<bool> Trainer<T>::catch_up_to(std::uint64_t step) {
  while (training_->progress.step < step) {
    FORKNET_ASSIGN(const bool finite, take_step());
    if (!finite) return false;
    records_.after_step();
  }
  return true;
}

template <class T>
Result<TrainResult> Trainer<T>::run() {
  begun_ns_ = monotonic_ns();
  // Round to nearest and keep denormals, whatever the host program has set.
  const math::FloatStateScope float_state;
  FORKNET_FAILPOINT("run/begin");
  records_.publish_status("running", records_.recent_loss());
  auto result = train();
  if (result.ok() || !cells_.are_open()) return result;
  if (!orders_.stop_ordered() && !orders_.stop_asked()) return result;
  const ErrorKind kind = result.error().kind;
  const bool by_cells = kind == ErrorKind::stopped || kind == ErrorKind::cell;
  return by_cells ? stop_without_cells(result.error()) : result;
}

// Saves what the cells have committed, without the cells.
template <class T>
Result<TrainResult> Trainer<T>::stop_without_cells(const Error& why) {
  const auto done = cells_.engine().salvage();
  if (!done.ok()) return why;
  const TrainJob& job = training_->job;
  job.note("the cells did not come to rest and were ended");
  FORKNET_ASSIGN(const bool finite, catch_up_to(*done));
  FORKNET_TRY(orders_.apply_last());
  auto result = finish(finite ? TrainResult::State::stopped : TrainResult::State::diverged);
  if (result.ok() && checkpoints_.newest() == steps_done()) {
    job.note(fmt::format("the state after step {} is saved", steps_done()));
  }
  return result;
}

template <class T>
Result<TrainResult> Trainer<T>::train() {
  const ProgressState& progress = training_->progress;
  while (!orders_.stop_asked()) {
    if (epoch_is_over()) {
      const Status closed = close_epoch();
      const bool stopped = !closed.ok() && closed.error().kind == ErrorKind::stopped;
      if (stopped && cells_.are_open()) {  // closed: stopped while they moved to another rate
        if (orders_.stop_asked()) break;
        FORKNET_TRY(orders_.apply_in_room());
        continue;
      }
      FORKNET_TRY(closed);
      orders_.room_is_used();
      FORKNET_FAILPOINT("run/epoch/closed");
      training_->saved.mark_changed();
      FORKNET_TRY(orders_.end_of_epoch());
    }
    if (checkpoints_.due()) {
      checkpoints_.try_save();
      training_->saved.mark_changed();
    }
    if (progress.reached || progress.step >= total_steps()) {
      return finish(TrainResult::State::finished);
    }
    if (orders_.stop_asked()) break;
    training_->job.show_life();
    if (time_is_up()) {
      FORKNET_ASSIGN(const bool all_finite, catch_up());
      if (!all_finite) return finish(TrainResult::State::diverged);
      if (!epoch_is_over() && progress.step < total_steps()) return finish_in_time();
      continue;
    }
    if (orders_.due()) {
      FORKNET_ASSIGN(const bool all_finite, catch_up());
      if (!all_finite) return finish(TrainResult::State::diverged);
      FORKNET_TRY(orders_.apply());
      continue;
    }
    FORKNET_ASSIGN(const bool finite, step());
    if (!finite) return finish(TrainResult::State::diverged);
    records_.after_step();
  }
  FORKNET_ASSIGN(const bool finite, catch_up());
  return finish(finite ? TrainResult::State::stopped : TrainResult::State::diverged);
}

template <class T>
bool Trainer<T>::epoch_is_over() const {
  const ProgressState& progress = training_->progress;
  return progress.step / training_->sampler.steps_per_epoch() > progress.epochs_closed;
}

template <class T>
bool Trainer<T>::time_is_up() const {
  const std::int64_t seconds = training_->job.config.train.max_seconds;
  return seconds > 0 && monotonic_ns() - begun_ns_ >= seconds * 1'000'000'000;
}

template <class T>
Result<TrainResult> Trainer<T>::finish_in_time() {
  FORKNET_FAILPOINT("ends/out_of_time");
  training_->out_of_time = true;
  const TrainJob& job = training_->job;
  job.note(fmt::format("train.max_seconds = {}: ended after step {} of {}{}",
                       job.config.train.max_seconds, steps_done(), total_steps(),
                       job.recorder != nullptr ? "; a resume continues there" : ""));
  if (!checkpoints_.is_saved()) FORKNET_TRY(checkpoints_.save());
  return finish(TrainResult::State::finished);
}

// The end of an epoch: metrics, validation, best model, early stopping, learning rate. Stores
// nothing before all of it is done, so that an interrupted evaluation is repeated.
template <class T>
Status Trainer<T>::close_epoch() {
  ProgressState& progress = training_->progress;
  const TrainJob& job = training_->job;
  const std::uint64_t epoch = progress.epochs_closed + 1;
  FORKNET_ASSIGN(const auto figures, evaluations_.at_end_of_epoch(epoch));
  progress.epochs_closed = epoch;
  progress.last_epoch = progress.epoch.means(counts_classes(job.plan, job.data.train));
  progress.epoch = {};
  if (figures.validation) progress.validation = figures.validation;
  records_.after_epoch(figures.validation);
  if (figures.validation) FORKNET_TRY(best_.update(*figures.validation));
  if (figures.accurate) progress.reached = progress.accurate = true;
  if (!figures.validation) return {};
  return follow_validation(*figures.validation, *training_, cells_);
}

template <class T>
Result<TrainResult> Trainer<T>::finish(TrainResult::State how) {
  FORKNET_FAILPOINT("run/finish/begin");
  const TrainJob& job = training_->job;
  const bool stopped = how == TrainResult::State::stopped;
  orders_.steps_are_over();
  if (stopped) records_.publish_status("stopping", records_.recent_loss());
  if (stopped && !checkpoints_.is_saved()) FORKNET_TRY(checkpoints_.save());
  FORKNET_ASSIGN(const auto chosen, best_.chosen());
  TrainResult result{.state = how, .model = ModelInternals::model(chosen.model)};
  result.best = chosen.best;
  result.out_of_time = training_->out_of_time && how == TrainResult::State::finished;
  result.accurate = training_->progress.accurate && how == TrainResult::State::finished;
  result.validation = training_->progress.validation;
  if (chosen.best && training_->progress.best_validation) {
    result.validation = training_->progress.best_validation;
  }
  if (how == TrainResult::State::finished) {
    const Status evaluated = evaluations_.at_end(*chosen.model, result);
    if (!evaluated.ok() && evaluated.error().kind == ErrorKind::stopped) {
      return finish(TrainResult::State::stopped);
    }
    FORKNET_TRY(evaluated);
    FORKNET_FAILPOINT("run/finish/model");
    if (job.recorder != nullptr) FORKNET_TRY(job.recorder->model(*chosen.model));
  }
  fill_figures(*training_, cells_, result);
  records_.publish_status(state_name(how), result.train.loss);
  FORKNET_FAILPOINT("run/finish/end");
  result.weights_digest = nn::parameter_digest<T>(job.plan, cells_.engine().parameters());
  return result;
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace forknet::run
