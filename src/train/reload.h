// Reads the settings of a run again while it trains. Only the learning rate changes the bits: its
// change is recorded before the first step that uses it, and the cells are replaced by new ones
// that use it. T is float or double.
#pragma once

#include <forknet/result.h>

#include "train/cells.h"
#include "train/orders/orders.h"
#include "train/training.h"

namespace forknet::run {

// Takes effect from the next step on; answer.note says what has changed. The cells rest. Error:
// nothing has changed, or the cells are closed (Cells::are_open()).
template <class T>
[[nodiscard]] Status reload(OrderAnswer& answer, Training<T>& training, Cells<T>& cells);

}  // namespace forknet::run
