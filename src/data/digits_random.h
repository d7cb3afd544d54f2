// The random numbers of one digit, in the order of the calls: word i of the stream is word i % 4 of
// philox4x32({index low, index high, i / 4, Purpose::digits}, seed). Only additions and
// multiplications of floats, which every IEEE machine rounds alike.
#pragma once

#include <cstdint>

#include "base/philox.h"

namespace forknet::data {

class DigitRandom {
 public:
  DigitRandom(std::uint64_t seed, std::uint64_t index) : seed_(seed), index_(index) {}

  [[nodiscard]] std::uint32_t word() {
    if (next_ % 4 == 0) {
      block_ = random_block(seed_, Purpose::digits, static_cast<std::uint32_t>(index_),
                            static_cast<std::uint32_t>(index_ >> 32), next_ / 4);
    }
    return block_[next_++ % 4];
  }

  // 0 to count - 1.
  [[nodiscard]] std::uint32_t below(std::uint32_t count) {
    return static_cast<std::uint32_t>((std::uint64_t{word()} * count) >> 32);
  }

  // [low, high), 24 random bits.
  [[nodiscard]] float uniform(float low, float high) {
    return low + (high - low) * (static_cast<float>(word() >> 8) * 0x1p-24F);
  }

  // Bell-shaped about 0 with that deviation, never beyond 2.5 deviations: the sum of the four bytes
  // of a word, whose own deviation is 147.8.
  [[nodiscard]] float bell(float deviation) {
    const std::uint32_t bits = word();
    const auto sum = static_cast<float>((bits & 255U) + ((bits >> 8) & 255U) +
                                        ((bits >> 16) & 255U) + (bits >> 24));
    const float bounded = (sum - 510.0F) * (1.0F / 147.8F);
    const float capped = bounded > 2.5F ? 2.5F : bounded < -2.5F ? -2.5F : bounded;
    return deviation * capped;
  }

  [[nodiscard]] bool chance(float probability) { return uniform(0.0F, 1.0F) < probability; }

 private:
  std::uint64_t seed_;
  std::uint64_t index_;
  std::uint32_t next_ = 0;
  PhiloxBlock block_ = {};
};

}  // namespace forknet::data
