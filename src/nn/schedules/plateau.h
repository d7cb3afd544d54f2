// The learning rate falls when the validation loss does not (as PyTorch's ReduceLROnPlateau):
//   after `patience` evaluations in a row whose loss is not below best - threshold * |best|,
//   lr becomes max(final_lr, lr * decay_rate), and the counting
//   begins anew. Evaluations before the end of the warm-up are not counted.
#pragma once

#include <forknet/schedule.h>

#include <memory>

namespace forknet::nn {

[[nodiscard]] std::unique_ptr<const ScheduleKind> plateau_schedule();

}  // namespace forknet::nn
