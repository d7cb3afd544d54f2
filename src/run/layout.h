// The layout of a run: what its settings of the grid come to on this machine.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <cstddef>
#include <memory>

#include "cell/shares.h"
#include "cell/team.h"

namespace forknet::run {

struct Layout {
  cell::GridShape shape;
  std::size_t cpus = 1;  // that the run may use at a time
};

// threads = 0 becomes a fair share of the CPUs that affinity and cgroup allow.
[[nodiscard]] Layout layout_of(const GridConfig& grid);

// The threads that work on it; null where one thread does it all.
[[nodiscard]] Result<std::unique_ptr<cell::Team>> team_for(const Layout& layout);

}  // namespace forknet::run
