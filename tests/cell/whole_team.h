// A team of all members of a grid, which sleep rather than spin.
#pragma once

#include <memory>

#include "cell/team.h"

namespace forknet::cell {

inline std::unique_ptr<Team> whole(const GridShape& shape) {
  return Team::create(shape, 0, shape.members(), 0).value();
}

}  // namespace forknet::cell
