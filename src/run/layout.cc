#include "run/layout.h"

#include <algorithm>

#include "os/cpu.h"

namespace forknet::run {

Layout layout_of(const GridConfig& grid) {
  Layout layout;
  layout.cpus = static_cast<std::size_t>(os::cpu_budget());
  layout.shape.replicas = static_cast<std::size_t>(grid.replicas);
  layout.shape.threads = grid.threads > 0
                             ? static_cast<std::size_t>(grid.threads)
                             : std::max<std::size_t>(1, layout.cpus / layout.shape.replicas);
  return layout;
}

Result<std::unique_ptr<cell::Team>> team_for(const Layout& layout) {
  if (layout.shape.members() == 1) return std::unique_ptr<cell::Team>();
  return cell::Team::create(layout.shape, layout.cpus);
}

}  // namespace forknet::run
