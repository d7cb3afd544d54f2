// The data shared by the parts of a training: its inputs, progress and weights. Not movable: parts
// and engines hold references. T is float or double.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "average/models.h"
#include "cell/stage_context.h"
#include "data/sampler.h"
#include "state/live_state.h"
#include "state/progress_state.h"
#include "store/weights.h"
#include "train/rate_list.h"
#include "train/saved_progress.h"
#include "train/throughput.h"
#include "train/train_job.h"

namespace forknet::run {

template <class T>
struct Training {
  // Chooses a layout for the settings and allocates state and weights. The weights have no values
  // yet.
  [[nodiscard]] static Result<std::unique_ptr<Training>> create(const TrainJob& job);
  Training(const TrainJob& job, LiveState live, store::Weights<T> weights, cell::GridPlan layout,
           bool in_processes);
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

  // Stores the checksum with which a resume verifies the weights, until a step writes new ones.
  void seal_weights();

  const TrainJob job;
  const data::Sampler sampler;
  const std::size_t leaf_rows;
  const std::uint64_t total_steps;
  // --- changed while it trains (reload.h)
  Config config;      // except the learning rate
  RateChanges rates;  // its changes
  // --- replaced by a move to another layout (cells.h)
  cell::GridPlan layout;
  bool in_processes;
  LiveState live;
  store::Weights<T> weights;
  std::optional<Models<T>> models;  // set if models train apart; `weights` is their center
  // --- changed by the loop (trainer.h); of progress, also by a line of metrics, which begins a new
  // interval (records.h), and by an evaluation (best_model.h)
  ProgressState progress;
  bool out_of_time = false;  // train.max_seconds ended the run
  Throughput throughput;
  SavedProgress saved{live, progress, throughput};
};

// The layout for the settings of a grid; stages are partitioned by the measured costs of layers.
template <class T>
[[nodiscard]] Result<cell::GridPlan> measured_layout(const TrainJob& job, const GridConfig& grid,
                                                     std::size_t batch);

}  // namespace forknet::run
