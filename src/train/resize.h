// Changes the number of replicas of a running training, or of workers where models train apart. T
// is float or double.
#pragma once

#include <forknet/result.h>

#include "train/cells.h"
#include "train/orders/orders.h"
#include "train/training.h"

namespace forknet::run {

// Takes effect from the next step on: the same weights and steps in a new layout, recorded for a
// resume. The cells rest. Error: nothing has changed, or the cells are closed (Cells::are_open()).
template <class T>
[[nodiscard]] Status resize(const Order& order, Training<T>& training, Cells<T>& cells);

}  // namespace forknet::run
