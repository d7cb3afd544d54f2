#include "train/checkpoints.h"

#include <fmt/format.h>

#include <vector>

#include "base/try.h"
#include "os/failpoint.h"
#include "train/average_checkpoint.h"
#include "train/model/model_file.h"
#include "train/model/preparation_json.h"
#include "train/model/tensors.h"

namespace forknet::run {

template <class T>
bool Checkpoints<T>::due() const {
  const ProgressState& progress = training_.progress;
  return policy_.due(training_.config.checkpoint.every,
                     {progress.step, progress.reached, training_.job.init != nullptr}, length());
}

template <class T>
std::uint64_t Checkpoints<T>::next_pause() const {
  return run::next_pause(training_.config.checkpoint.every, training_.progress.step, length());
}

template <class T>
Status Checkpoints<T>::save() {
  const TrainJob& job = training_.job;
  if (job.recorder == nullptr) return {};
  const std::uint64_t step = training_.progress.step;
  ProgressState progress = training_.progress;
  progress.train_seconds += training_.throughput.train_seconds();
  std::vector<store::NamedTensor> tensors;
  add_parameters<T>(job.plan, cells_.engine().parameters(), "", tensors);
  add_moments<T>(job.plan, job.config.optimizer, training_.weights, "", tensors);
  add_scaling(job.data.train.scaling, tensors);
  add_range(job.data.inputs, tensors);
  add_targets(job.data.train.targets, tensors);
  store::RunState state = {
      {kProgressKey, to_json(progress)},
      {kModelKey, describe_model(job.config.model, job.plan.inputs, job.config.numerics.precision,
                                 job.data.inputs)}};
  if (job.data.preparation) state[kPreparationKey] = to_json(*job.data.preparation);
  if (training_.models) add_models(training_, tensors, state);
  FORKNET_TRY(job.recorder->checkpoint(step, tensors, state));
  policy_.note_written(step);
  return {};
}

template <class T>
void Checkpoints<T>::try_save() {
  FORKNET_FAILPOINT("run/checkpoint/before");
  const Status saved = save();
  FORKNET_FAILPOINT("run/checkpoint/after");
  if (!saved.ok()) {
    training_.job.note(
        "warning: " + saved.error().message +
        (newest() ? fmt::format("\n  training goes on; the newest checkpoint is that of step {}",
                                *newest())
                  : "\n  training goes on without a checkpoint so far"));
  }
  policy_.note_tried(training_.progress.step);
}

template <class T>
bool Checkpoints<T>::is_saved() const {
  const std::uint64_t step = training_.progress.step;
  const Recorder* recorder = training_.job.recorder;
  return newest() == step && (recorder == nullptr || recorder->has_checkpoint(step));
}

template class Checkpoints<float>;
template class Checkpoints<double>;

}  // namespace forknet::run
