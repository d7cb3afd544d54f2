// Where the workers of a grid meet within a step: the threads of a cell, and all workers of a
// stage. The stages' meeting points may lie in memory that processes share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "cell/shares.h"
#include "os/barrier.h"

namespace forknet::cell {

class Barriers {
 public:
  // `memory`: stage_bytes(shape) bytes, 64-byte aligned, that outlive this; `first` lays them out,
  // once, before anybody else comes.
  Barriers(const GridShape& shape, std::uint32_t spins, std::span<std::byte> memory, bool first);
  // The same in memory of its own.
  Barriers(const GridShape& shape, std::uint32_t spins);

  [[nodiscard]] static std::size_t stage_bytes(const GridShape& shape);

  // False: somebody will never come (abort).
  [[nodiscard]] bool wait_for_cell(const Worker& worker) {
    return shape_.threads == 1 || cells_[worker.cell()]->wait();
  }
  [[nodiscard]] bool wait_for_stage(const Worker& worker) {
    return shape_.stage_workers() == 1 || stages_[worker.stage()]->wait();
  }
  // All who wait there or will come return: where threads of this process meet, and nobody else;
  // where the workers of a stage meet.
  void abort_own();
  void abort_stages();

 private:
  const GridShape shape_;
  std::vector<std::unique_ptr<os::Barrier>> cells_;
  std::vector<std::unique_ptr<os::Barrier>> own_stages_;
  std::vector<os::Barrier*> stages_;
};

}  // namespace forknet::cell
