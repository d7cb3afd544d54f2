// The learning rate falls in steps:
//   lr * decay_rate^floor(done / decay_steps), `done` counting steps after the warm-up
// decay_steps = 0: a third of the steps after the warm-up, rounded up, so that the rate falls twice
// (as He et al. 2016 train).
#pragma once

#include <forknet/schedule.h>

#include <memory>

namespace forknet::nn {

[[nodiscard]] std::unique_ptr<const ScheduleKind> step_schedule();

}  // namespace forknet::nn
