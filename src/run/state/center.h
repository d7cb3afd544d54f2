// What all models of a run that train apart begin a round with: the steps before the round, and
// which version of the weights it is. The first word of their memory; changed by one atomic store.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace forknet::run {

struct Center {
  std::uint64_t step = 0;
  std::uint64_t version = 0;  // 0 or 1
};

class CenterWord {
 public:
  // release: whoever reads it sees what it stands for.
  void put(const Center& center) {
    word_.store(center.step << 1 | center.version, std::memory_order_release);
  }
  [[nodiscard]] Center get() const {
    const std::uint64_t word = word_.load(std::memory_order_acquire);
    return {word >> 1, word & 1};
  }

 private:
  std::atomic<std::uint64_t> word_;
};

// Of memory that begins with it: sizeof(CenterWord) bytes or more.
[[nodiscard]] inline Center center_in(std::span<const std::byte> memory) {
  return reinterpret_cast<const CenterWord*>(memory.data())->get();
}

}  // namespace forknet::run
