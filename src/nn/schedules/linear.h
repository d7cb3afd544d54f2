// The learning rate falls along a straight line:
//   final_lr + (lr - final_lr) * (1 - p), p being the elapsed share of decay_steps (0: of the steps
//   after the warm-up), at most 1
#pragma once

#include <forknet/schedule.h>

#include <memory>

namespace forknet::nn {

[[nodiscard]] std::unique_ptr<const ScheduleKind> linear_schedule();

}  // namespace forknet::nn
