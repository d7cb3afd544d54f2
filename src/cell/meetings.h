// Where the members of a grid meet within a step: the threads of a cell, and all members of a
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

class Meetings {
 public:
  // `memory`: stage_bytes(shape) bytes, 64-byte aligned, that outlive this; `first` lays them out,
  // once, before anybody else comes.
  Meetings(const GridShape& shape, std::uint32_t spins, std::span<std::byte> memory, bool first);
  // The same in memory of its own.
  Meetings(const GridShape& shape, std::uint32_t spins);

  [[nodiscard]] static std::size_t stage_bytes(const GridShape& shape);

  // False: somebody will never come (break_up).
  [[nodiscard]] bool meet_cell(const Member& member) {
    return shape_.threads == 1 || cells_[member.cell()]->wait();
  }
  [[nodiscard]] bool meet_stage(const Member& member) {
    return shape_.stage_members() == 1 || stages_[member.stage()]->wait();
  }
  // All who wait there or will come return: where threads of this process meet, and nobody else;
  // where the members of a stage meet.
  void break_up_own();
  void break_up_stages();

 private:
  const GridShape shape_;
  std::vector<std::unique_ptr<os::Barrier>> cells_;
  std::vector<std::unique_ptr<os::Barrier>> own_stages_;
  std::vector<os::Barrier*> stages_;
};

}  // namespace forknet::cell
