// The learning rate rises and falls once (Smith and Topin 2018), along half waves as in PyTorch's
// OneCycleLR. With p the elapsed share of decay_steps (0: of the steps after the warm-up), at most
// 1, and start = lr / div_factor:
//   p < pct_start:  lr + (start - lr) * (1 + cos(pi * (p / pct_start))) / 2
//   else:           final_lr + (lr - final_lr) * (1 + cos(pi * ((p - pct_start) / (1 -
//   pct_start)))) / 2
// Momentum does not change meanwhile. warmup_steps come before all this.
#pragma once

#include <forknet/schedule.h>

#include <memory>

namespace forknet::nn {

[[nodiscard]] std::unique_ptr<const ScheduleKind> one_cycle_schedule();

}  // namespace forknet::nn
