// The settings of a run are read again while it trains. The learning rate is the one that the bits
// depend on: its change is recorded before the first step that it holds for, and the cells are
// given up for others that know of it. T is float or double.
#pragma once

#include <forknet/result.h>

#include "train/cells.h"
#include "train/orders/orders.h"
#include "train/training.h"

namespace forknet::run {

// From the next step on; answer.note says what has changed. The cells rest. Error: nothing has; or
// there are no cells any more.
template <class T>
[[nodiscard]] Status reload(OrderAnswer& answer, Training<T>& training, Cells<T>& cells);

}  // namespace forknet::run
