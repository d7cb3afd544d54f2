// The learning rate falls along half a wave (Loshchilov and Hutter 2017):
//   final_lr + (lr - final_lr) * (1 + cos(pi * p)) / 2, p being the elapsed share of decay_steps
//   (0: of the steps after the warm-up), at most 1
#pragma once

#include <forknet/schedule.h>

#include <memory>

namespace forknet::nn {

[[nodiscard]] std::unique_ptr<const ScheduleKind> cosine_schedule();

}  // namespace forknet::nn
