// What a checkpoint of models that train apart (grid.sync = "average") holds besides the weights
// that the run stands for: written and restored. T is float or double.
#pragma once

#include <forknet/result.h>

#include <vector>

#include "store/checkpoint.h"
#include "store/safetensors.h"
#include "train/training.h"

namespace forknet::run {

// Within a round the checkpoint's weights are the mean as it stood then, or the center where the
// models were at different steps; what the round began with is there besides. The training outlives
// the tensors and has models.
template <class T>
void add_models(const Training<T>& training, std::vector<store::NamedTensor>& tensors,
                store::RunState& state);

// The center into training.weights, and all models with their commits. training.progress is that of
// the checkpoint. Error (data): they are missing, or of another model.
template <class T>
[[nodiscard]] Status restore_models(const store::Checkpoint& checkpoint, Training<T>& training);

}  // namespace forknet::run
