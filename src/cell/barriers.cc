#include "cell/barriers.h"

#include <new>

#include "base/check.h"

namespace forknet::cell {
namespace {

std::vector<std::unique_ptr<os::Barrier>> barriers(std::size_t count, std::size_t workers,
                                                   std::uint32_t spins) {
  std::vector<std::unique_ptr<os::Barrier>> made;
  for (std::size_t i = 0; i < count; ++i) {
    made.push_back(std::make_unique<os::Barrier>(workers, spins));
  }
  return made;
}

}  // namespace

std::size_t Barriers::stage_bytes(const GridShape& shape) {
  return (shape.stages + 1) * sizeof(os::Barrier);
}

Barriers::Barriers(const GridShape& shape, std::uint32_t spins, std::span<std::byte> memory,
                   bool first)
    : shape_(shape), cells_(barriers(shape.cells(), shape.threads, spins)) {
  FORKNET_CHECK(memory.size() >= stage_bytes(shape));
  auto* stages = reinterpret_cast<os::Barrier*>(memory.data());
  for (std::size_t stage = 0; stage < shape.stages; ++stage) {
    if (first) new (&stages[stage]) os::Barrier(shape.stage_workers(), spins);
    stages_.push_back(&stages[stage]);
  }
  grid_ = &stages[shape.stages];
  if (first) new (grid_) os::Barrier(shape.cells(), spins);
}

void Barriers::abort_own() {
  for (const auto& cell : cells_) cell->abort();
  for (const auto& stage : own_stages_) stage->abort();
}

void Barriers::abort_stages() {
  for (os::Barrier* stage : stages_) stage->abort();
  if (grid_ != nullptr) grid_->abort();
}

Barriers::Barriers(const GridShape& shape, std::uint32_t spins)
    : shape_(shape),
      cells_(barriers(shape.cells(), shape.threads, spins)),
      own_stages_(barriers(shape.stages, shape.stage_workers(), spins)) {
  for (const auto& stage : own_stages_) stages_.push_back(stage.get());
}

}  // namespace forknet::cell
