// The center: what all models of a run that train apart begin a round with. Holds the number of
// steps before the round and the version of the weights. First word of their memory; one atomic
// store.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "state/version_sums.h"

namespace forknet::run {

struct Center {
  std::uint64_t step = 0;
  std::uint64_t version = 0;  // 0 or 1
};

class CenterWord {
 public:
  // release; pairs with the acquire in get(): readers see the weights of that version.
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

// Checksums (math/bit_sum.h) for the center's two versions, each with the number of steps before
// its round. Written before the center changes.
class CenterSums {
 public:
  void put(const Center& center, std::uint64_t sum) { sums_.put(center.version, center.step, sum); }
  // Nothing: no checksum of that center is stored.
  [[nodiscard]] std::optional<std::uint64_t> of(const Center& center) const {
    return sums_.of(center.version, center.step);
  }

 private:
  VersionSums sums_;
};

// The first part of the memory of models that train apart.
struct CenterPage {
  CenterWord word;
  CenterSums sums;    // of its weights and moments and the outer velocity
  CenterSums starts;  // of the moments that models begin its round with, if they keep their own
};

// The center in memory that begins with a CenterWord.
[[nodiscard]] inline Center center_in(std::span<const std::byte> memory) {
  return reinterpret_cast<const CenterWord*>(memory.data())->get();
}

}  // namespace forknet::run
