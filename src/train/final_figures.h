// The final metrics of a training. T is float or double.
#pragma once

#include <forknet/train.h>

#include "train/cells.h"
#include "train/training.h"

namespace forknet::run {

// Fills the result except state, model, test set, validation set and digest. Warns about a training
// loss far above that of the best constant answer. The cells are open and rest. Call once.
template <class T>
void fill_figures(const Training<T>& training, const Cells<T>& cells, TrainResult& result);

}  // namespace forknet::run
