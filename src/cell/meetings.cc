#include "cell/meetings.h"

#include <new>

#include "base/check.h"

namespace forknet::cell {
namespace {

std::vector<std::unique_ptr<os::Barrier>> barriers(std::size_t count, std::size_t members,
                                                   std::uint32_t spins) {
  std::vector<std::unique_ptr<os::Barrier>> made;
  for (std::size_t i = 0; i < count; ++i) {
    made.push_back(std::make_unique<os::Barrier>(members, spins));
  }
  return made;
}

}  // namespace

std::size_t Meetings::stage_bytes(const GridShape& shape) {
  return shape.stages * sizeof(os::Barrier);
}

Meetings::Meetings(const GridShape& shape, std::uint32_t spins, std::span<std::byte> memory,
                   bool first)
    : shape_(shape), cells_(barriers(shape.cells(), shape.threads, spins)) {
  FORKNET_CHECK(memory.size() >= stage_bytes(shape));
  auto* stages = reinterpret_cast<os::Barrier*>(memory.data());
  for (std::size_t stage = 0; stage < shape.stages; ++stage) {
    if (first) new (&stages[stage]) os::Barrier(shape.stage_members(), spins);
    stages_.push_back(&stages[stage]);
  }
}

void Meetings::break_up_own() {
  for (const auto& cell : cells_) cell->break_up();
  for (const auto& stage : own_stages_) stage->break_up();
}

void Meetings::break_up_stages() {
  for (os::Barrier* stage : stages_) stage->break_up();
}

Meetings::Meetings(const GridShape& shape, std::uint32_t spins)
    : shape_(shape),
      cells_(barriers(shape.cells(), shape.threads, spins)),
      own_stages_(barriers(shape.stages, shape.stage_members(), spins)) {
  for (const auto& stage : own_stages_) stages_.push_back(stage.get());
}

}  // namespace forknet::cell
