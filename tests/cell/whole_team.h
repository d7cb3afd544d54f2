// A team of all workers of a grid that sleep instead of spinning.
#pragma once

#include <memory>

#include "cell/thread_team.h"

namespace forknet::cell {

inline std::unique_ptr<ThreadTeam> whole(const GridShape& shape) {
  return ThreadTeam::create(shape, 0, shape.workers(), 0).value();
}

}  // namespace forknet::cell
