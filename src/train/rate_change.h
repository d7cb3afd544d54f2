// Changes the learning rate of a training while its cells rest: on order (reload.h), or after an
// evaluation, for schedules that follow the validation results. T is float or double.
#pragma once

#include <forknet/model.h>
#include <forknet/result.h>

#include "train/cells.h"
#include "train/training.h"

namespace forknet::run {

// The base rate from the next step on. It is durable before a cell uses it. Error: nothing has
// changed, or the cells are closed.
template <class T>
[[nodiscard]] Status change_rate(double lr, Training<T>& training, Cells<T>& cells);

// Call last when an epoch is closed: its end counts as done from here on. A run that repeats the
// end of the epoch comes to the same rate.
template <class T>
[[nodiscard]] Status follow_validation(const Evaluation& evaluation, Training<T>& training,
                                       Cells<T>& cells);

}  // namespace forknet::run
