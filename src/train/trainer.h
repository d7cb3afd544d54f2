// The training loop of one cell: takes batches in the order of the sampler, steps, and at the right
// steps logs, evaluates, keeps the best, checkpoints and stops. The loop is here; what it does at
// those steps is its parts', which share a Training. Everything it needs is handed to it; what must
// outlive it goes to a Recorder. T is float or double.
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

  // Runs to the end, a stop or divergence. Once.
  [[nodiscard]] Result<TrainResult> run();

  // One step, without evaluation, logging or checkpoints: what benchmarks and tests of the step
  // itself want. False: the loss is not finite.
  [[nodiscard]] Result<bool> step();

  // What the cells did, to whoever asked for it; once, after run(): they end.
  void write_trace() { cells_.write_trace(); }

  [[nodiscard]] const store::Weights<T>& weights() const { return training_->weights; }
  [[nodiscard]] std::uint64_t steps_done() const { return training_->progress.step; }
  [[nodiscard]] std::uint64_t total_steps() const { return training_->total_steps; }

 private:
  Trainer(std::unique_ptr<Training<T>> training, Evaluator<T> evaluator);
  [[nodiscard]] Status open();
  [[nodiscard]] Result<TrainResult> train();
  // The figures of the next step become the run's.
  [[nodiscard]] Result<bool> take_step();
  // The cells come to rest; the steps that they had done by then become the run's.
  // False: the loss is not finite.
  [[nodiscard]] Result<bool> catch_up();
  [[nodiscard]] Result<bool> catch_up_to(std::uint64_t step);
  [[nodiscard]] Status close_epoch();
  [[nodiscard]] Result<TrainResult> finish(TrainResult::State state);
  // The run is to stop and its cells do not come to rest.
  [[nodiscard]] Result<TrainResult> stop_without_cells(const Error& why);

  const std::unique_ptr<Training<T>> training_;
  Cells<T> cells_;
  Records<T> records_;
  Checkpoints<T> checkpoints_;
  BestModel<T> best_;
  OrderHandler<T> orders_;
  Evaluations<T> evaluations_;
};

}  // namespace forknet::run
