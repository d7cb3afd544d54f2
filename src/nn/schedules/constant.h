// The learning rate stays lr.
#pragma once

#include <forknet/schedule.h>

#include <memory>

namespace forknet::nn {

[[nodiscard]] std::unique_ptr<const ScheduleKind> constant_schedule();

}  // namespace forknet::nn
