// Writes and restores what a checkpoint of models that train apart (grid.sync = "average") holds
// besides the weights of the run. T is float or double.
#pragma once

#include <forknet/result.h>

#include <vector>

#include "store/checkpoint.h"
#include "store/safetensors.h"
#include "train/training.h"

namespace forknet::run {

// Within a round the checkpoint's weights are the current mean, or the center where the models are
// at different steps; the values at the start of the round are stored as well. The training
// outlives the tensors and has models.
template <class T>
void add_models(const Training<T>& training, std::vector<store::NamedTensor>& tensors,
                store::RunState& state);

// Reads the center into training.weights, and all models with their commits. training.progress is
// that of the checkpoint. Error (data): tensors are missing or belong to another model.
template <class T>
[[nodiscard]] Status restore_models(const store::Checkpoint& checkpoint, Training<T>& training);

}  // namespace forknet::run
