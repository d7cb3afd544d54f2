// The barriers of a grid within a step: for the threads of a cell, for all workers of a stage, and,
// where cells are processes, for one thread of each cell. The latter two lie in memory that
// processes share.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cell/shares.h"
#include "os/barrier.h"

namespace forknet::cell {

class Barriers {
 public:
  // `memory`: stage_bytes(shape) bytes, 64-byte aligned; outlives this object. `first`: initialize
  // the memory; once, before any other process uses it.
  Barriers(const GridShape& shape, std::uint32_t spins, std::span<std::byte> memory, bool first);
  // The same in private memory.
  Barriers(const GridShape& shape, std::uint32_t spins);

  [[nodiscard]] static std::size_t stage_bytes(const GridShape& shape);

  // False: the barrier was aborted.
  [[nodiscard]] bool wait_for_cell(const Worker& worker) {
    return shape_.threads == 1 || cells_[worker.cell()]->wait();
  }
  [[nodiscard]] bool wait_for_stage(const Worker& worker) {
    return shape_.stage_workers() == 1 || stages_[worker.stage()]->wait();
  }
  // Of cells in shared memory: one thread of each.
  [[nodiscard]] bool wait_for_grid() { return shape_.cells() == 1 || grid_->wait(); }
  // Ends all present and future waits. abort_own: at barriers of this process's threads only.
  // abort_stages: at the barriers of stages and of the grid.
  void abort_own();
  void abort_stages();

 private:
  const GridShape shape_;
  std::vector<std::unique_ptr<os::Barrier>> cells_;
  std::vector<std::unique_ptr<os::Barrier>> own_stages_;
  std::vector<os::Barrier*> stages_;
  os::Barrier* grid_ = nullptr;  // null in private memory
};

// What a wait that was aborted means. `whose`: the barrier.
[[nodiscard]] inline Error others_gone(const std::string& whose) {
  return Error{ErrorKind::cell, "barrier aborted: another cell of the " + whose + " died"};
}

}  // namespace forknet::cell
