#include "train/first_weights.h"

#include "base/try.h"
#include "nn/parameters.h"
#include "train/average_checkpoint.h"
#include "train/model/tensors.h"

namespace forknet::run {
namespace {

template <class T>
Result<TrainingStart> restore_checkpoint(const store::Checkpoint& checkpoint,
                                         Training<T>& training) {
  FORKNET_ASSIGN(training.progress, progress_of(checkpoint));
  const std::uint64_t step = training.progress.step;
  training.live.control().prepare(step);
  if (training.models) {
    FORKNET_TRY(restore_models(checkpoint, training));
  } else {
    training.weights.turn_to(step);
    FORKNET_TRY(read_all<T>(checkpoint.file, training.job.plan, training.job.config.optimizer, "",
                            training.weights));
  }
  return TrainingStart{step, step};
}

template <class T>
Result<TrainingStart> restore_last_step(const Recovered& recovered, Training<T>& training) {
  const TrainJob& job = training.job;
  training.progress = recovered.progress;
  training.live.control().prepare(recovered.committed);
  for (std::size_t i = 0; i < recovered.figures.size(); ++i) {
    training.live.control().put_committed(training.progress.step + i, recovered.figures[i]);
  }
  training.weights.turn_to(recovered.version);
  FORKNET_TRY(read_weights(recovered, job.plan, training.weights));
  if (training.models) FORKNET_TRY(read_models(recovered, training.live.models()));
  TrainingStart start = {recovered.committed};
  if (job.resume != nullptr) start.checkpoint = static_cast<std::uint64_t>(job.resume->step);
  return start;
}

}  // namespace

template <class T>
Result<TrainingStart> first_weights(Training<T>& training) {
  const TrainJob& job = training.job;
  if (job.live != nullptr) return restore_last_step(*job.live, training);
  if (job.resume != nullptr) return restore_checkpoint(*job.resume, training);
  training.live.control().prepare(0);
  if (job.init != nullptr) {
    FORKNET_TRY(read_parameters<T>(*job.init, job.plan, "", training.weights.parameters()));
  } else {
    nn::initialise<T>(job.plan, job.config.model.init, job.config.run.seed, job.target,
                      training.weights.parameters());
  }
  return TrainingStart{};
}

template Result<TrainingStart> first_weights<float>(Training<float>&);
template Result<TrainingStart> first_weights<double>(Training<double>&);

}  // namespace forknet::run
