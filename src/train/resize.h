// Another number of replicas while a training goes on, or of workers where models train apart. T is
// float or double.
#pragma once

#include <forknet/result.h>

#include "train/cells.h"
#include "train/orders/orders.h"
#include "train/training.h"

namespace forknet::run {

// From the next step on: the same weights and steps in a new layout, kept for a resume. The cells
// rest. Error: nothing has changed; or there are no cells any more.
template <class T>
[[nodiscard]] Status resize(const Order& order, Training<T>& training, Cells<T>& cells);

}  // namespace forknet::run
