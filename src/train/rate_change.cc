#include "train/rate_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/try.h"
#include "nn/optimizer.h"
#include "os/failpoint.h"

namespace forknet::run {
namespace {

template <class T>
Status record(const RateChanges& changes, const Training<T>& training) {
  Recorder* const recorder = training.job.recorder;
  return recorder != nullptr ? recorder->keep_rates(changes) : Status();
}

// The run ends here unless a resume makes it longer: cells that rest need not learn of the change.
template <class T>
bool is_over(const Training<T>& training) {
  return training.progress.reached || training.progress.step >= training.total_steps;
}

}  // namespace

template <class T>
Status change_rate(double lr, Training<T>& training, Cells<T>& cells) {
  const std::uint64_t step = training.progress.step;
  const double now = nn::base_rate(training.job.config.optimizer.lr, training.rates, step);
  if (lr == now) return {};
  const RateChanges before = training.rates;
  RateChanges after = changed_from(before, step, lr);
  FORKNET_FAILPOINT("rate/before");
  FORKNET_TRY(record(after, training));
  FORKNET_FAILPOINT("rate/recorded");
  training.rates = std::move(after);
  if (is_over(training)) return {};
  Status moved = cells.move_to(training.layout);
  if (moved.ok() || !cells.are_open()) return moved;
  training.rates = before;
  // Take back the record of a change that failed. If that fails too, end the cells: no step may
  // contradict the record.
  if (!record(before, training).ok()) cells.end();
  return moved;
}

template <class T>
Status follow_validation(const Evaluation& evaluation, Training<T>& training, Cells<T>& cells) {
  const TrainJob& job = training.job;
  ProgressState& progress = training.progress;
  const nn::Optimizer optimizer(job.config.optimizer);
  if (!optimizer.follows_validation()) return {};
  // Of the last step. A change at this step is one that a repeated end of the epoch finds.
  const double lr = nn::base_rate(job.config.optimizer.lr, training.rates, progress.step - 1);
  const double next = optimizer.next_base(lr, progress.step, evaluation.loss, progress.schedule);
  if (next == lr) return {};
  const bool known =
      std::any_of(training.rates.begin(), training.rates.end(),
                  [&](const nn::RateChange& change) { return change.step == progress.step; });
  if (known) return {};
  job.note(fmt::format("{}: the learning rate falls from {:.4g} to {:.4g} after step {}",
                       job.config.optimizer.schedule, lr, next, progress.step));
  return change_rate(next, training, cells);
}

#define FORKNET_RATES(T)                                           \
  template Status change_rate<T>(double, Training<T>&, Cells<T>&); \
  template Status follow_validation<T>(const Evaluation&, Training<T>&, Cells<T>&);
FORKNET_RATES(float)
FORKNET_RATES(double)
#undef FORKNET_RATES

}  // namespace forknet::run
