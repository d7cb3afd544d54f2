// What a training came to, in figures. T is float or double.
#pragma once

#include <forknet/train.h>

#include "train/cells.h"
#include "train/training.h"

namespace forknet::run {

// All of the result but its state, model, test set, validation set and digest. A training loss far
// above that of the best constant answer is noted. The cells are open and rest. Once.
template <class T>
void fill_figures(const Training<T>& training, const Cells<T>& cells, TrainResult& result);

}  // namespace forknet::run
