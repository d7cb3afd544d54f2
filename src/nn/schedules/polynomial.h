// The learning rate falls along a power of what is left:
//   final_lr + (lr - final_lr) * (1 - p)^power, p being the elapsed share of decay_steps (0: of the
//   steps after the warm-up), at most 1. power = 1 is linear.
#pragma once

#include <forknet/schedule.h>

#include <memory>

namespace forknet::nn {

[[nodiscard]] std::unique_ptr<const ScheduleKind> polynomial_schedule();

}  // namespace forknet::nn
