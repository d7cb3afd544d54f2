// The checksums of two versions of some memory, each with the number of steps that it stands for.
// Written before that version counts; read when its writer is dead. All zero at first: none is
// stored.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace forknet::run {

class VersionSums {
 public:
  void put(std::size_t version, std::uint64_t steps, std::uint64_t sum) {
    Entry& entry = entries_[version];
    entry.sum.store(sum, std::memory_order_relaxed);
    entry.steps.store(steps + 1, std::memory_order_relaxed);
  }
  // Nothing: no checksum is stored for that version after that many steps.
  [[nodiscard]] std::optional<std::uint64_t> of(std::size_t version, std::uint64_t steps) const {
    const Entry& entry = entries_[version];
    if (entry.steps.load(std::memory_order_relaxed) != steps + 1) return std::nullopt;
    return entry.sum.load(std::memory_order_relaxed);
  }

 private:
  struct Entry {
    std::atomic<std::uint64_t> steps;  // plus one; 0: none
    std::atomic<std::uint64_t> sum;
  };
  std::array<Entry, 2> entries_;
};

}  // namespace forknet::run
