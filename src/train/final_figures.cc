#include "train/final_figures.h"

#include <fmt/format.h>

#include <cstdint>

#include "settings/layout.h"
#include "train/constant_answer.h"
#include "train/evaluator.h"

namespace forknet::run {
namespace {

// An exploded loss can still be finite, so divergence checks miss it.
void hold_against_constant(const TrainJob& job, TrainResult& result) {
  const ConstantAnswer constant = constant_answer(job.data.train, job.plan);
  result.constant_loss = constant.loss;
  result.worse_than_constant = is_far_above(result.train.loss, constant);
  if (!result.worse_than_constant) return;
  job.note(
      fmt::format("warning: the training loss of the last epoch is {:.4g} on average; always "
                  "giving the best constant "
                  "answer comes to {:.4g}: the model has learned nothing\n"
                  "  a smaller optimizer.lr, warm-up steps, more epochs or scaled inputs may help",
                  result.train.loss, result.constant_loss));
}

std::uint64_t samples_before(std::uint64_t step, const data::Sampler& sampler) {
  const std::uint64_t epochs = step / sampler.steps_per_epoch();
  const std::uint64_t steps = step % sampler.steps_per_epoch();
  return epochs * sampler.rows() + sampler.rows_of_steps(steps);
}

template <class T>
void fill_speed(const Training<T>& training, TrainResult& result) {
  result.train_seconds = training.progress.train_seconds + training.throughput.train_seconds();
  if (result.train_seconds <= 0) return;
  const std::uint64_t samples = samples_before(training.progress.step, training.sampler);
  result.samples_per_second = static_cast<double>(samples) / result.train_seconds;
}

template <class T>
void fill_grid(const Training<T>& training, const Cells<T>& cells, TrainResult& result) {
  const cell::GridPlan& layout = training.layout;
  result.grid = settled(training.job.config.grid, layout);
  result.grid.replicas = static_cast<std::int64_t>(layout.shape.replicas);  // may have been scaled
  result.faults = cells.faults();
  result.cells = cells.report();
  result.threads_total = static_cast<std::int64_t>(working_threads(layout, training.job.plan));
  if (!training.in_processes) result.grid.host = Host::thread;
}

}  // namespace

template <class T>
void fill_figures(const Training<T>& training, const Cells<T>& cells, TrainResult& result) {
  const TrainJob& job = training.job;
  const ProgressState& progress = training.progress;
  result.train = progress.epoch.rows > 0
                     ? progress.epoch.means(counts_classes(job.plan, job.data.train))
                     : progress.last_epoch;
  if (result.state == TrainResult::State::finished) hold_against_constant(job, result);
  result.steps = progress.step;
  result.epochs = progress.epochs_closed;
  fill_speed(training, result);
  fill_grid(training, cells, result);
}

template void fill_figures<float>(const Training<float>&, const Cells<float>&, TrainResult&);
template void fill_figures<double>(const Training<double>&, const Cells<double>&, TrainResult&);

}  // namespace forknet::run
