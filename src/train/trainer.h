// The training loop of a run: takes batches in the order of the sampler, steps, and at the right
// steps logs, evaluates, keeps the best model, checkpoints and stops. The loop is here; its parts,
// which share a Training, do the work at those steps. All inputs are passed in; a Recorder stores
// what must outlive the trainer. T is float or double.
#pragma once

#include <forknet/result.h>
#include <forknet/train.h>

#include <cstdint>
#include <memory>

#include "train/best_model.h"
#include "train/cells.h"
#include "train/checkpoints.h"
#include "train/evaluations.h"
#include "train/order_handler.h"
#include "train/records.h"
#include "train/train_job.h"
#include "train/training.h"

namespace forknet::run {

template <class T>
class Trainer {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Trainer>> create(const TrainJob& job);

  // Runs to the end, a stop or divergence. Call once.
  [[nodiscard]] Result<TrainResult> run();

  // Takes one step, without evaluation, logging or checkpoints, for benchmarks and tests. False:
  // the loss is not finite.
  [[nodiscard]] Result<bool> step();

  // Ends the cells and writes their trace, if one was requested. Call once, after run().
  void write_trace() { cells_.write_trace(); }

  [[nodiscard]] const store::Weights<T>& weights() const { return training_->weights; }
  [[nodiscard]] std::uint64_t steps_done() const { return training_->progress.step; }
  [[nodiscard]] std::uint64_t total_steps() const { return training_->total_steps; }

 private:
  Trainer(std::unique_ptr<Training<T>> training, Evaluator<T> evaluator);
  [[nodiscard]] Status open();
  [[nodiscard]] Result<TrainResult> train();
  // Takes the next step and adds its figures to the run's progress. False: its loss is not finite.
  [[nodiscard]] Result<bool> take_step();
  // Brings the cells to rest and adds the steps they have finished to the run's progress.
  // False: the loss is not finite.
  [[nodiscard]] Result<bool> catch_up();
  [[nodiscard]] Result<bool> catch_up_to(std::uint64_t step);
  [[nodiscard]] bool epoch_is_over() const;
  [[nodiscard]] Status close_epoch();
  // True: train.max_seconds have passed since run() was called.
  [[nodiscard]] bool time_is_up() const;
  // Ends the run in the middle, as one that is finished, with a checkpoint from which a resume
  // continues. The cells rest.
  [[nodiscard]] Result<TrainResult> finish_in_time();
  [[nodiscard]] Result<TrainResult> finish(TrainResult::State state);
  // Ends a run that must stop but whose cells do not come to rest.
  [[nodiscard]] Result<TrainResult> stop_without_cells(const Error& why);

  const std::unique_ptr<Training<T>> training_;
  Cells<T> cells_;
  Records<T> records_;
  Checkpoints<T> checkpoints_;
  BestModel<T> best_;
  OrderHandler<T> orders_;
  Evaluations<T> evaluations_;
  std::int64_t begun_ns_ = 0;  // monotonic; when run() was called
};

}  // namespace forknet::run
