#include "train/records.h"

#include <algorithm>
#include <limits>
#include <string>

#include "base/clock.h"
#include "nn/optimizer.h"
#include "os/container.h"
#include "train/evaluator.h"
#include "train/summary.h"

namespace forknet::run {
namespace {

constexpr std::int64_t kStatusEvery = 1'000'000'000;

}  // namespace

template <class T>
void Records<T>::after_step() {
  const TrainJob& job = training_.job;
  ProgressState& progress = training_.progress;
  const bool logs = progress.step % static_cast<std::uint64_t>(training_.config.log.every) == 0;
  if (!logs && !training_.throughput.tick_due()) return;
  const Evaluation figures = progress.interval.means(counts_classes(job.plan, job.data.train));
  const auto kind = logs ? Metrics::Kind::log : Metrics::Kind::tick;
  const Metrics metrics = metrics_now(kind, figures);
  if (job.options.on_metrics) job.options.on_metrics(metrics);
  if (monotonic_ns() - published_ns_ >= kStatusEvery) publish_status("running", figures.loss);
  if (!logs) return;
  progress.interval = {};
  record(metrics);
}

template <class T>
void Records<T>::after_epoch(const std::optional<Evaluation>& validation) {
  Metrics metrics = metrics_now(Metrics::Kind::epoch, training_.progress.last_epoch);
  metrics.validation = validation;
  if (training_.job.options.on_metrics) training_.job.options.on_metrics(metrics);
  record(metrics);
}

template <class T>
double Records<T>::recent_loss() const {
  const ProgressState& progress = training_.progress;
  const bool classifies = counts_classes(training_.job.plan, training_.job.data.train);
  if (progress.interval.rows > 0) return progress.interval.means(classifies).loss;
  if (progress.epoch.rows > 0) return progress.epoch.means(classifies).loss;
  return progress.epochs_closed > 0 ? progress.last_epoch.loss
                                    : std::numeric_limits<double>::quiet_NaN();
}

template <class T>
Metrics Records<T>::metrics_now(Metrics::Kind kind, const Evaluation& figures) const {
  const Config& config = training_.job.config;
  const std::uint64_t step = training_.progress.step;
  const std::uint64_t steps = training_.total_steps;
  Metrics metrics;
  metrics.kind = kind;
  metrics.step = step;
  metrics.steps = steps;
  metrics.epoch = training_.progress.epochs_closed;
  metrics.epochs = static_cast<std::uint64_t>(config.train.epochs);
  metrics.loss = figures.loss;
  metrics.accuracy = figures.accuracy;
  metrics.learning_rate = optimizer_.learning_rate(step - 1, steps, training_.rates);
  metrics.samples_per_second = training_.throughput.samples_per_second();
  metrics.seconds_left = training_.throughput.seconds_for(steps - std::min(steps, step));
  return metrics;
}

template <class T>
void Records<T>::record(const Metrics& metrics) {
  const TrainJob& job = training_.job;
  if (job.recorder == nullptr) return;
  const Status recorded = job.recorder->metrics(metrics);
  if (!recorded.ok() && !metrics_failed_) {
    job.note("warning: " + recorded.error().message +
             "\n  training goes on; lines of its history are missing");
  }
  metrics_failed_ = !recorded.ok();
}

template <class T>
void Records<T>::publish_status(std::string_view state, double loss) {
  Recorder* recorder = training_.job.recorder;
  if (recorder == nullptr) return;
  published_ns_ = monotonic_ns();
  const std::string_view ended_by =
      training_.out_of_time && state == state_name(TrainResult::State::finished) ? kOutOfTime : "";
  recorder->status({state, ended_by, training_.progress.step, training_.total_steps,
                    training_.progress.epochs_closed, training_.throughput.samples_per_second(),
                    loss, training_.live.control().generation(), cells_.report()});
}

template <class T>
void Records<T>::report_state_place() const {
  Recorder* recorder = training_.job.recorder;
  if (!training_.live.survives() || recorder == nullptr) return;
  std::string text = "state: in the run folder; a power cut";
  if (training_.live.lies_in_memory()) {
    text =
        os::memory_folder_is_private()
            ? "state: in memory (/dev/shm of this container); the end of the container or a reboot"
            : "state: in memory (/dev/shm); a reboot";
  }
  recorder->state_kept(
      text + " costs the steps since the last checkpoint, a kill at most the step in flight");
}

template class Records<float>;
template class Records<double>;

}  // namespace forknet::run
